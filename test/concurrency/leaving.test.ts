import { once } from 'node:events';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { type AudioChunk, AudioDecoder, AudioSource, encodeStream, split, windows } from '../../dist/index.js';
import { native } from '../../dist/native/binding.js';
import { errorOf, slowness } from '../safe/outcome.js';
import { toneWav } from '../safe/sounds.js';
import { sleep, until } from './long-audio.js';

/**
 * Iterations that are left while their source is silent. As async generators they went nowhere: `return()` stands in
 * line behind `next()`, and what was not begun runs no `finally`.
 */

const decoder = new AudioDecoder();
const wav = toneWav(3);
const soon = 100 * slowness;

/** Sends one second and a half, and then nothing more, for ever. */
function silent(): Readable {
  const source = new Readable({ read() {} });
  source.push(wav.subarray(0, 44 + 48_000));
  return source;
}

/** The same, of samples. */
function silentChunks(): AsyncGenerator<AudioChunk> & { closed: boolean } {
  const chunks = decoder.stream(wav, { seconds: 1 })[Symbol.asyncIterator]();
  let given = false;
  const generator = {
    closed: false,
    next() {
      if (given) return new Promise<never>(() => {});
      given = true;
      return chunks.next();
    },
    async return() {
      generator.closed = true;
      await chunks.return();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => generator,
  };
  return generator as never;
}

type Make = (source: Readable, signal?: AbortSignal) => AsyncGenerator<unknown, void, undefined>;
const kinds: [string, Make][] = [
  ['stream', (source, signal) => decoder.stream(source, { signal, frames: 1000 })[Symbol.asyncIterator]()],
  ['windows', (source, signal) => decoder.windows(source, { signal, frames: 1000 })],
  ['split', (source, signal) => decoder.split(source, { signal, maxSeconds: 0.2, searchSeconds: 0.1 })],
  ['windows of a stream', (source, signal) => windows(decoder.stream(source, { signal }), { frames: 1000 })],
  [
    'split of a stream',
    (source, signal) => split(decoder.stream(source, { signal }), { maxSeconds: 0.4, searchSeconds: 0.1 }),
  ],
  ['encodeStream of a stream', (source, signal) => encodeStream(decoder.stream(source), { format: 'flac', signal })],
  [
    'encodeStream of a transform',
    (source, signal) => encodeStream(source.pipe(decoder.transform()), { format: 'flac', signal }),
  ],
];

afterEach(() => until(() => native.load().running === 0 && native.load().stalled === 0 && native.load().waiting === 0));

/** Takes values until none comes any more; the `next` that waits. */
async function drain(values: AsyncGenerator<unknown>): Promise<{ waiting: Promise<IteratorResult<unknown>> }> {
  for (;;) {
    const next = values.next();
    next.catch(() => {});
    if ((await Promise.race([next, sleep(200)])) === undefined) return { waiting: next };
  }
}

describe.each(kinds)('%s', (name, make) => {
  const isClosed = (source: Readable): boolean => source.destroyed || name.endsWith('a transform');

  test('return() while the producer is silent closes the source and the thread, and ends who waits', async () => {
    const source = silent();
    const values = make(source);
    const { waiting } = await drain(values);
    const started = performance.now();
    expect(await values.return()).toEqual({ done: true, value: undefined });
    expect(performance.now() - started).toBeLessThan(soon);
    expect(isClosed(source)).toBe(true);
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await values.next()).toEqual({ done: true, value: undefined });
  });

  test('left before its first step, by return, by throw, by await using', async () => {
    const leave: ((values: AsyncGenerator<unknown, void, undefined>) => Promise<unknown>)[] = [
      (values) => values.return(),
      (values) => values.throw(new Error('of the caller')).catch(() => {}),
      (values) => values[Symbol.asyncDispose](),
    ];
    for (const each of leave) {
      const source = silent();
      await each(make(source));
      await until(() => isClosed(source));
    }
  });

  test('a web stream made of it is cancelled at once', async () => {
    const source = silent();
    const reader = ReadableStream.from(make(source)).getReader();
    const read = (async () => {
      while (!(await reader.read()).done);
    })();
    await until(() => native.load().stalled > 0);
    await reader.cancel('enough');
    await read;
    expect(isClosed(source)).toBe(true);
  });

  test('the signal acts while nobody asks for more', async () => {
    const source = silent();
    const controller = new AbortController();
    const values = make(source, controller.signal);
    if (!name.startsWith('encode')) await values.next();
    controller.abort(new Error('over'));
    await until(() => isClosed(source) && native.load().stalled === 0);
    const rest = async () => {
      // Of chunks of others, what is cut already is given out.
      for (let pieces = 0; pieces < (/^(windows|split) of/.test(name) ? 16 : 1); pieces++) await values.next();
    };
    expect(await errorOf(rest())).toMatchObject({ name: 'AbortError', cause: { message: 'over' } });
    expect(await values.next()).toEqual({ done: true, value: undefined });
  });

  test('and while somebody waits', async () => {
    const source = silent();
    const controller = new AbortController();
    const values = make(source, controller.signal);
    const { waiting } = await drain(values);
    controller.abort(new Error('over'));
    expect(await errorOf(waiting)).toMatchObject({ name: 'AbortError', cause: { message: 'over' } });
    await until(() => isClosed(source));
  });
});

test('what iterates chunks of others tells them, too, and does not wait for those that are silent', async () => {
  for (const make of [
    (chunks: AsyncIterable<AudioChunk>) => windows(chunks, { frames: 16_000 }),
    (chunks: AsyncIterable<AudioChunk>) => split(chunks, { maxSeconds: 0.4, searchSeconds: 0.1 }),
    (chunks: AsyncIterable<AudioChunk>) => encodeStream(chunks, { format: 'wav' }),
  ]) {
    const chunks = silentChunks();
    const values = make(chunks);
    await drain(values);
    await values.return();
    expect(chunks.closed).toBe(true);
  }
});

test('toReadableStream().cancel() while a read waits', async () => {
  const source = silent();
  const reader = decoder.stream(source).toReadableStream().getReader();
  await reader.read();
  const waiting = reader.read();
  await until(() => native.load().stalled > 0);
  await reader.cancel();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(source.destroyed).toBe(true);
});

describe('an AudioStream', () => {
  test('is closed by await using, whether it was read or not', async () => {
    for (const read of [false, true]) {
      const source = silent();
      {
        await using stream = decoder.stream(source, { frames: 1000 });
        if (read) await stream[Symbol.asyncIterator]().next();
      }
      expect(source.destroyed).toBe(true);
    }
  });

  test('that was closed says so, and a loop over it ends', async () => {
    const stream = decoder.stream(silent(), { frames: 1000 });
    let chunks = 0;
    for await (const _ of stream) if (++chunks === 3) void stream.close();
    expect(chunks).toBe(3);
    const unread = decoder.stream(silent());
    await unread.close();
    expect(() => unread[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: 'ERR_CLOSED', fault: 'server' }),
    );
  });

  test('that nobody reads closes its source when the signal aborts', async () => {
    const controller = new AbortController();
    const source = silent();
    const stream = decoder.stream(source, { signal: controller.signal });
    controller.abort();
    await until(() => source.destroyed);
    expect(await errorOf(stream[Symbol.asyncIterator]().next())).toMatchObject({ name: 'AbortError' });
  });
});

test('values that are asked for at once come in their order', async () => {
  const chunks = decoder.stream(wav, { seconds: 1 })[Symbol.asyncIterator]();
  const asked = await Promise.all(Array.from({ length: 5 }, () => chunks.next()));
  expect(asked.map(({ value }) => (value as AudioChunk | undefined)?.start)).toEqual([0, 1, 2, undefined, undefined]);
});

test('a failure is told once, and then it is over', async () => {
  const chunks = decoder.stream(Readable.from([Buffer.from('--'.repeat(5000))]))[Symbol.asyncIterator]();
  const [first, second] = [chunks.next(), chunks.next()];
  expect((await errorOf(first)).code).toMatch(/^ERR_AUDIO_/);
  expect(await second).toEqual({ done: true, value: undefined });
});

test('await using closes an open source', async () => {
  let opened: AudioSource;
  {
    await using source = AudioSource.open(wav);
    await decoder.decode(source);
    opened = source;
  }
  expect(await errorOf(decoder.decode(opened))).toMatchObject({
    code: 'ERR_CLOSED',
    fault: 'server',
    retryable: false,
  });
});

describe('a transform', () => {
  test('that is destroyed lets its thread go, and what is written behind the end of the audio is dropped', async () => {
    const broken = decoder.transform({ seconds: 0.1 });
    broken.write(wav.subarray(0, 20_000));
    broken.on('data', () => {});
    await until(() => native.load().stalled === 1);
    broken.destroy();
    await once(broken, 'close');
    const whole = decoder.transform({ end: 0.1 });
    Readable.from([wav, ...Array.from({ length: 100 }, () => Buffer.alloc(65_536))]).pipe(whole);
    let frames = 0;
    for await (const chunk of whole) frames += (chunk as AudioChunk).frames;
    expect(frames).toBe(1600);
  });

  test('refuses what is no bytes, as an error of its source', async () => {
    const transform = decoder.transform();
    transform.resume().write('text');
    const [error] = await once(transform, 'error');
    expect(error).toMatchObject({
      code: 'ERR_AUDIO_SOURCE',
      cause: { message: expect.stringContaining('Uint8Array') },
    });
  });

  test('holds no chunks back but the one that is read next', async () => {
    const transform = decoder.transform({ frames: 100 });
    Readable.from([wav]).pipe(transform);
    await once(transform, 'readable');
    await sleep(50);
    expect(transform.readableLength).toBeLessThanOrEqual(2);
    transform.destroy();
  });
});
