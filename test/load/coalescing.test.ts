import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadedAudio, LoadSource } from '../../dist/load/index.js';
import { until } from '../concurrency/long-audio.js';
import { equalSamples } from '../decode/wav.js';
import { errorOf } from '../safe/outcome.js';
import { dataUrlOf, localLoader, published, serve, settled, sound, type TestServer, wavOf } from './cache_server.js';

/** Who wants the same at the same time gets it from one download and one decode. */

let server: TestServer;
/** Paths that begin with /held are answered when the test says so. */
const held = new Set<() => void>();
const release = (): void => {
  for (const answer of held) answer();
  held.clear();
};

beforeAll(async () => {
  server = await serve((request, response) => {
    const { pathname } = new URL(request.url as string, 'http://localhost');
    const seed = Number(/\d+$/.exec(pathname)?.[0] ?? 0);
    response.setHeader('cache-control', 'max-age=600');
    const answer = (): unknown => response.end(pathname.includes('broken') ? 'no audio' : wavOf(1, seed));
    if (!pathname.startsWith('/held')) return answer();
    held.add(answer);
    response.once('close', () => held.delete(answer));
  });
});
afterAll(() => server.close());

const requests = (path: string): number => server.requests.get(path) ?? 0;
const outcomes = (loads: readonly LoadedAudio[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { cache } of loads) counts[cache] = (counts[cache] ?? 0) + 1;
  return counts;
};

test('a thousand loads of ten addresses are ten downloads and ten decodes', async () => {
  await using loader = localLoader();
  let loads: LoadedAudio[] = [];
  const decodes = await published('decode', async () => {
    loads = await Promise.all(Array.from({ length: 1000 }, (_, i) => loader.load(`${server.origin}/many-${i % 10}`)));
  });
  expect(decodes).toHaveLength(10);
  expect(Array.from({ length: 10 }, (_, i) => requests(`/many-${i}`))).toEqual(Array(10).fill(1));
  expect(outcomes(loads)).toEqual({ miss: 10, coalesced: 990 });
  for (const [i, { data }] of loads.entries()) {
    expect(data).toBe(loads[i % 10]?.data);
    if (i < 10) expect(equalSamples(data, sound(1, i))).toBe(true);
  }
  expect(loader.stats()).toMatchObject({ entries: 10, misses: 10, coalesced: 990, hits: 0, loading: 0, waiting: 0 });
  const again = await loader.load(`${server.origin}/many-3`);
  expect(again).toMatchObject({ cache: 'hit', transferable: false });
  expect(again.data).toBe(loads[3]?.data);
  expect(requests('/many-3')).toBe(1);
});

const held20 = wavOf(1, 20);
const kinds: [string, () => LoadSource][] = [
  ['data URLs', () => dataUrlOf(held20)],
  ['buffers', () => Buffer.from(held20)],
  ['shared buffers', () => new SharedArrayBuffer(held20.length)],
  ['blobs', () => new Blob([held20])],
  ['parts of messages', () => ({ type: 'input_audio', input_audio: { data: Buffer.from(held20).toString('base64') } })],
];

test.each(kinds)('a hundred loads of %s are one decode', async (name, make) => {
  await using loader = localLoader();
  const source = (): LoadSource => {
    const made = make();
    if (made instanceof SharedArrayBuffer) new Uint8Array(made).set(held20);
    return made;
  };
  let loads: LoadedAudio[] = [];
  const decodes = await published('decode', async () => {
    loads = await Promise.all(Array.from({ length: 100 }, () => loader.load(source())));
  });
  expect(decodes, name).toHaveLength(1);
  expect(loads.every(({ data }) => data === loads[0]?.data)).toBe(true);
  expect(outcomes(loads)).toEqual({ miss: 1, coalesced: 99 });
  expect(await loader.load(source())).toMatchObject({ cache: 'hit' });
});

test('the same bytes by whatever way are one entry, and other options another', async () => {
  await using loader = localLoader();
  const bytes = wavOf(1, 7);
  const sources = [`${server.origin}/a-7`, `${server.origin}/b-7`, bytes, dataUrlOf(bytes), new Blob([bytes])];
  const decodes = await published('decode', async () => {
    for (const [i, source] of sources.entries()) {
      expect(await loader.load(source)).toMatchObject({ cache: i === 0 ? 'miss' : 'hit' });
    }
    expect(loader.stats().entries).toBe(1);
    const others = [
      { sampleRate: 8000 },
      { end: 0.5 },
      { maxSeconds: 0.2, overLength: 'truncate' },
      { onDamage: 'error' },
    ];
    for (const options of others) expect(await loader.load(bytes, options as object)).toMatchObject({ cache: 'miss' });
    // What shapes nothing makes no difference.
    for (const options of [{ timeout: 9999 }, { copy: true }, { parallel: 'off' }, { sampleRate: undefined }]) {
      expect(await loader.load(bytes, options as object)).toMatchObject({ cache: 'hit' });
    }
    expect(loader.stats().entries).toBe(5);
  });
  expect(decodes).toHaveLength(5);
});

test('two addresses with the same bytes, at the same time, are two downloads and one decode', async () => {
  await using loader = localLoader();
  const both = ['/held-x-5', '/held-y-5'].map((path) => loader.load(server.origin + path));
  await until(() => held.size === 2);
  const decodes = await published('decode', async () => {
    release();
    const [x, y] = await Promise.all(both);
    expect(x?.data).toBe(y?.data);
    expect(x?.label).toMatch(/held-x-5$/);
    expect(y?.label).toMatch(/held-y-5$/);
  });
  expect(decodes).toHaveLength(1);
});

test('an error that is shared tells each its own source', async () => {
  await using loader = localLoader();
  const both = ['/held-broken-x', '/held-broken-y'].map((path) => errorOf(loader.load(server.origin + path)));
  await until(() => held.size === 2);
  release();
  const [x, y] = await Promise.all(both);
  for (const [error, name] of [
    [x, 'x'],
    [y, 'y'],
  ] as const) {
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER',
      label: `${server.origin}/held-broken-${name}`,
    });
    expect(error?.stack).toContain('ERR_AUDIO_UNSUPPORTED_CONTAINER');
  }
});

describe('waiters that leave', () => {
  const orders: [string, (i: number) => number][] = [
    ['the first one first', (i) => i],
    ['the last one first', (i) => -i],
    ['in no order', (i) => (i * 7919) % 500],
  ];
  const moments: [string, () => Promise<unknown>][] = [
    ['at once', async () => {}],
    ['when it was asked for', () => until(() => held.size > 0)],
    ['one in each turn', settled],
  ];
  const survivors = [499, 0, 250];

  test.each(
    orders.flatMap((order, o) =>
      moments.map((moment, m) => [order, moment, survivors[(o + m) % 3] as number] as const),
    ),
  )('%s, %s: one of 500 gets its audio', async ([, rank], [when, moment], survivor) => {
    await using loader = localLoader();
    const path = `/held-leave-${orders.findIndex(([, r]) => r === rank)}-${survivor}-${when.length}`;
    const controllers = Array.from({ length: 500 }, () => new AbortController());
    const loads = controllers.map(({ signal }) => loader.load(server.origin + path, { signal }));
    const errors = loads.map((load, i) => (i === survivor ? undefined : errorOf(load)));
    const leaving = [...controllers.keys()].filter((i) => i !== survivor).sort((a, b) => rank(a) - rank(b));
    await moment();
    for (const i of leaving) {
      controllers[i]?.abort(new Error(`left: ${i}`));
      if (moment === settled && i % 50 === 0) await moment();
    }
    for (const i of leaving)
      expect(await errors[i]).toMatchObject({ name: 'AbortError', cause: { message: `left: ${i}` } });
    await until(() => held.size === 1);
    release();
    expect((await loads[survivor])?.frames).toBe(16_000);
    expect(requests(path)).toBe(1);
    expect(loader.stats()).toMatchObject({ loading: 0, waiting: 0, entries: 1 });
  });

  test('all of them: the connection is closed, nothing is decoded, and whoever comes then starts anew', async () => {
    await using loader = localLoader();
    const url = `${server.origin}/held-nobody-1`;
    const controller = new AbortController();
    const decodes = await published('decode', async () => {
      const errors = Array.from({ length: 50 }, () => errorOf(loader.load(url, { signal: controller.signal })));
      await until(() => server.open === 1);
      controller.abort();
      for (const error of await Promise.all(errors)) expect(error.name).toBe('AbortError');
      const late = loader.load(url);
      await until(() => requests('/held-nobody-1') === 2 && server.open === 1 && held.size === 1);
      release();
      expect((await late).cache).toBe('miss');
    });
    expect(decodes).toHaveLength(1);
  });

  test('all of them, in the moment in which another comes: that one takes over', async () => {
    await using loader = localLoader();
    const url = `${server.origin}/held-over-1`;
    const controller = new AbortController();
    const errors = Array.from({ length: 50 }, () => errorOf(loader.load(url, { signal: controller.signal })));
    await until(() => held.size === 1);
    controller.abort();
    const late = loader.load(url);
    for (const error of await Promise.all(errors)) expect(error.name).toBe('AbortError');
    release();
    expect((await late).cache).toBe('coalesced');
    expect(requests('/held-over-1')).toBe(1);
  });

  test('by its timeout: that one alone', async () => {
    await using loader = localLoader();
    const url = `${server.origin}/held-late-1`;
    const patient = loader.load(url);
    const error = await errorOf(loader.load(url, { timeout: 30 }));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'timeout', max: 30, retryable: true, label: url });
    await until(() => held.size === 1);
    release();
    expect((await patient).frames).toBe(16_000);
    expect(requests('/held-late-1')).toBe(1);
  });

  test('before it began, even if it is in the cache', async () => {
    await using loader = localLoader();
    const bytes = wavOf(1);
    await loader.load(bytes);
    const signal = AbortSignal.abort('why');
    for (const source of [bytes, `${server.origin}/never`, new Blob([bytes])]) {
      expect(await errorOf(loader.load(source, { signal }))).toMatchObject({ name: 'AbortError', cause: 'why' });
    }
    expect(requests('/never')).toBe(0);
  });
});

describe('shared arrays', () => {
  test('are one array, and a copy is the own of whoever asked for it', async () => {
    await using loader = localLoader();
    const bytes = wavOf(1);
    const [first, copy] = [await loader.load(bytes), await loader.load(bytes, { copy: true })];
    expect(copy).toMatchObject({ transferable: true, cache: 'hit' });
    expect(copy.data.buffer).not.toBe(first.data.buffer);
    expect(equalSamples(copy.data, first.data)).toBe(true);
    copy.data.fill(9);
    structuredClone(copy.data, { transfer: [copy.data.buffer] });
    const third = await loader.load(bytes);
    expect(third.data).toBe(first.data);
    expect(equalSamples(third.data, sound(1))).toBe(true);
  });

  test('that someone transferred away are noticed, not served', async () => {
    await using loader = localLoader();
    for (const source of [wavOf(1), `${server.origin}/transferred-0`]) {
      const { data } = await loader.load(source);
      structuredClone(data, { transfer: [data.buffer] });
      const again = await loader.load(source);
      expect(again.cache).toBe('miss');
      expect(equalSamples(again.data, sound(1))).toBe(true);
      loader.clear();
      expect(loader.stats()).toMatchObject({ entries: 0, bytes: 0 });
    }
  });
});

test('the latency of hits is printed', async () => {
  await using loader = localLoader();
  const url = `${server.origin}/latency-1`;
  for (const [name, source] of [
    ['address', url],
    ['1 s of WAV', wavOf(1)],
  ] as const) {
    await loader.load(source);
    const times: number[] = [];
    for (let i = 0; i < 5000; i++) {
      const start = performance.now();
      const { cache } = await loader.load(source);
      times.push(performance.now() - start);
      if (cache !== 'hit') throw new Error(cache);
    }
    times.sort((a, b) => a - b);
    const [p50, p99] = [times[2500] as number, times[4950] as number].map((each) => each.toFixed(4));
    console.log(`hit of ${name}: p50 ${p50} ms, p99 ${p99} ms`);
  }
  expect(requests('/latency-1')).toBe(1);
});
