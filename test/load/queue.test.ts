import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AudioLoader, LoadSource } from '../../dist/load/index.js';
import { until } from '../concurrency/long-audio.js';
import { errorOf } from '../safe/outcome.js';
import { localLoader, serve, settled, type TestServer, wavOf } from './cache_server.js';

/** How much is done at a time, in which order, and what becomes of what has no place. */

let server: TestServer;
const order: string[] = [];
const held: (() => void)[] = [];

beforeAll(async () => {
  server = await serve((request, response) => {
    const path = request.url as string;
    order.push(path);
    const answer = (): unknown => {
      if (path.startsWith('/missing')) response.statusCode = 404;
      return response.end(path.startsWith('/missing') ? undefined : wavOf(0.1, Number(/\d+$/.exec(path)?.[0] ?? 0)));
    };
    if (path.startsWith('/now')) answer();
    else held.push(answer);
  });
});
afterEach(() => {
  order.length = 0;
  held.length = 0;
});
afterAll(() => server.close());

const addresses = (count: number, name = '/wait'): string[] =>
  Array.from({ length: count }, (_, i) => `${server.origin}${name}-${i}`);

/** Answers one after the other until all are there. */
async function answerAll(loads: readonly Promise<unknown>[]): Promise<PromiseSettledResult<unknown>[]> {
  let done = false;
  const all = Promise.allSettled(loads).finally(() => {
    done = true;
  });
  await until(() => {
    held.shift()?.();
    return done;
  });
  return all;
}

describe('a full queue', () => {
  test('refuses one more, for a while; the others go on in their order', async () => {
    await using loader = localLoader({ concurrency: { downloads: 2, queue: 5 } });
    const loads = addresses(7).map((url) => loader.load(url));
    await until(() => server.open === 2);
    expect(loader.stats()).toMatchObject({ loading: 7, waiting: 5 });
    const busy = await errorOf(loader.load(`${server.origin}/more`));
    expect(busy).toMatchObject({ code: 'ERR_BUSY', fault: 'server', retryable: true, label: `${server.origin}/more` });
    // What is being loaded already takes no place.
    const joined = loader.load(`${server.origin}/wait-6`);
    await answerAll([...loads, joined]);
    expect(order).toEqual(addresses(7).map((url) => new URL(url).pathname));
    expect((await joined).cache).toBe('coalesced');
    expect((await loader.load(`${server.origin}/now-1`)).frames).toBe(1600);
    expect(loader.stats()).toMatchObject({ loading: 0, waiting: 0 });
  });

  test('of uploads closes the stream that it refuses', async () => {
    await using loader = localLoader({ concurrency: { downloads: 1, queue: 0 } });
    const [first, second] = [new Readable({ read() {} }), new Readable({ read() {} })];
    const load = loader.load(first);
    expect(await errorOf(loader.load(second))).toMatchObject({ code: 'ERR_BUSY', label: 'stream' });
    expect(second.destroyed).toBe(true);
    expect(first.destroyed).toBe(false);
    first.push(wavOf(0.1));
    first.push(null);
    expect((await load).frames).toBe(1600);
  });

  test('of decodes refuses bytes, not what was downloaded for them', async () => {
    await using loader = localLoader({ concurrency: { decodes: 1, queue: 0 } });
    const loads = Array.from({ length: 3 }, (_, i) => loader.load(wavOf(5, i), { sampleRate: 48_000 }));
    const codes = (await Promise.allSettled(loads)).map((each) => each.status === 'rejected' && each.reason.code);
    expect(codes).toEqual([false, 'ERR_BUSY', 'ERR_BUSY']);
    const fetched = await Promise.all(addresses(16, '/now').map((url) => loader.load(url, { sampleRate: 48_000 })));
    expect(fetched).toHaveLength(16);
  });
});

test('places are given back after errors and aborts, of those who wait and of those who have one', async () => {
  await using loader = localLoader({ concurrency: { downloads: 2, decodes: 1, queue: 100 }, fetch: { retries: 0 } });
  for (let round = 0; round < 20; round++) {
    const controllers = Array.from({ length: 6 }, () => new AbortController());
    const loads = addresses(6, round % 2 ? '/wait' : '/missing').map((url, i) =>
      errorOf(loader.load(url, { signal: controllers[i]?.signal })),
    );
    const broken = errorOf(loader.load(Buffer.from('no audio')));
    await until(() => held.length === 2);
    for (const i of [3, 0]) controllers[i]?.abort();
    await settled();
    for (const controller of round % 2 ? controllers : []) controller.abort();
    await answerAll([...loads, broken]);
    expect(loader.stats()).toMatchObject({ loading: 0, waiting: 0 });
    held.length = 0;
  }
  expect(await answerAll(addresses(2).map((url) => loader.load(url)))).toMatchObject([
    { status: 'fulfilled' },
    { status: 'fulfilled' },
  ]);
});

test('no more than so many are downloaded at a time', async () => {
  // It answers three at a time, and waits for the third.
  const open: ServerResponse[] = [];
  const own = await serve((_, response) => {
    if (open.push(response) % 3 === 0) for (const each of open.splice(0, 3)) each.end(wavOf(0.1));
  });
  await using loader = localLoader({ concurrency: { downloads: 3 }, cache: { maxBytes: 0 } });
  await Promise.all(Array.from({ length: 60 }, (_, i) => loader.load(`${own.origin}/${i}`)));
  expect(own.mostOpen).toBe(3);
  expect(own.requests.size).toBe(60);
  await own.close();
});

test('nor decoded', async () => {
  await using loader = localLoader({ concurrency: { decodes: 2 } });
  const loads = Array.from({ length: 12 }, (_, i) => loader.load(wavOf(3, i), { sampleRate: 48_000 }));
  await until(() => loader.stats().waiting === 10);
  let left = 12;
  for (const load of loads) load.finally(() => left--);
  // Of all that are not done, two have places.
  while (left > 0) {
    await settled();
    expect(loader.stats().waiting).toBeGreaterThanOrEqual(left - 2);
  }
});

test('senders that drip keep nobody from decoding', async () => {
  await using loader = localLoader({ concurrency: { downloads: 4, decodes: 1 } });
  const bytes = wavOf(60);
  const drips = Array.from({ length: 4 }, () => new Readable({ read() {} }));
  const loads = drips.map((drip) => loader.load(drip));
  // Half of them are being decoded already.
  for (const [i, drip] of drips.entries()) drip.push(bytes.subarray(0, i % 2 ? 100 : 2_000_000));
  await settled();
  expect((await loader.load(wavOf(1, 3))).frames).toBe(16_000);
  for (const [i, drip] of drips.entries()) {
    drip.push(bytes.subarray(i % 2 ? 100 : 2_000_000));
    drip.push(null);
  }
  for (const load of loads) expect((await load).frames).toBe(960_000);
});

describe('loadAll', () => {
  test('settles each of 2000 sources in their order, without filling a queue of its own', async () => {
    await using loader = localLoader({ concurrency: { downloads: 4, decodes: 2, queue: 0 } });
    const wavs = Array.from({ length: 10 }, (_, i) => wavOf(0.1, i));
    const wrong = [null, 5, {}, [], new Float32Array(4), Symbol('no'), undefined];
    function* sources(): Generator<unknown> {
      for (let i = 0; i < 2000; i++) {
        if (i % 5 < 3) yield wavs[i % 10];
        else yield i % 5 === 3 ? `${server.origin}/now-${i % 10}` : wrong[i % 7];
      }
    }
    const outcomes = await loader.loadAll(sources() as Iterable<LoadSource>);
    expect(outcomes).toHaveLength(2000);
    const expected = await Promise.all(wavs.map((wav) => loader.load(wav)));
    for (const [i, outcome] of outcomes.entries()) {
      if (i % 5 === 4) expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(TypeError);
      else expect((outcome as PromiseFulfilledResult<unknown>).value).toMatchObject({ frames: 1600 });
      if (i % 5 < 3) expect((outcome as { value?: { data: unknown } }).value?.data).toBe(expected[i % 10]?.data);
    }
  });

  test.each([
    ['bytes', (i: number): LoadSource => wavOf(1, i)],
    ['addresses', (i: number): LoadSource => `${server.origin}/now-${i}`],
    ['streams', (i: number): LoadSource => Readable.from([wavOf(1, i)])],
  ])('of %s alone refuses none, whatever the queue', async (_, source) => {
    for (const queue of [0, 1, 3]) {
      await using loader = localLoader({ concurrency: { downloads: 5, decodes: 1, queue } });
      const outcomes = await loader.loadAll(Array.from({ length: 30 }, (_, i) => source(i)));
      expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
    }
  });

  test('aborts as a whole, and then nothing is loading', async () => {
    await using loader = localLoader({ concurrency: { downloads: 2 } });
    const controller = new AbortController();
    const call = errorOf(loader.loadAll(addresses(50), { signal: controller.signal }));
    await until(() => held.length === 2);
    controller.abort(new Error('enough'));
    expect(await call).toMatchObject({ name: 'AbortError', cause: { message: 'enough' } });
    expect(loader.stats()).toMatchObject({ loading: 0, waiting: 0 });
    await until(() => server.open === 0);
  });

  test('takes async iterables, one at a time, and rejects with what they throw', async () => {
    await using loader = localLoader({ concurrency: { downloads: 1, decodes: 1 } });
    let asked = 0;
    async function* sources(fails: boolean): AsyncGenerator<Uint8Array> {
      for (; asked < 20; asked++) {
        if (fails && asked === 10) throw new Error('of the iterable');
        yield wavOf(0.1, asked);
      }
    }
    expect(await loader.loadAll(sources(false))).toHaveLength(20);
    asked = 0;
    expect((await errorOf(loader.loadAll(sources(true)))).message).toBe('of the iterable');
    expect(loader.stats().loading).toBe(0);
  });

  test('checks its arguments at the call', async () => {
    await using loader = localLoader();
    for (const sources of [null, 5, {}, 'https://example.com/']) {
      expect(() => loader.loadAll(sources as unknown as LoadSource[]), String(sources)).toThrow(TypeError);
    }
    const wrong = (loader: AudioLoader) => loader.loadAll([], { overLength: 'cut' as 'split' });
    expect(() => wrong(loader)).toThrow(/options.overLength/);
  });
});
