import { createReadStream, openAsBlob, readFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { type AudioChunk, AudioDecoder, decode } from '../../dist/index.js';
import { errorOf } from '../safe/outcome.js';
import { difference, generator, inPieces, longer } from './cuts.js';

const decoder = new AudioDecoder({ sampleRate: 16_000 });
const pathOf = (name: string) => longer.find(([file]) => file === name)?.[1] ?? '';
const mp3 = pathOf('lame.mp3');

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The chunks, checked to be contiguous and of the length asked for, end to end. */
function joined(chunks: readonly AudioChunk[], frames: number): Float32Array {
  const samples = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.frames, 0));
  let at = 0;
  for (const [index, chunk] of chunks.entries()) {
    expect(chunk.startFrame).toBe(at);
    expect(chunk.start).toBe(at / chunk.sampleRate);
    expect(chunk.shape).toEqual([chunk.frames]);
    if (index < chunks.length - 1) expect(chunk.frames).toBe(frames);
    samples.set(chunk.data, at);
    at += chunk.frames;
  }
  return samples;
}

describe.each(longer)('%s', (_, path) => {
  test('in chunks of any size, from any source, it is the one decode, bit for bit', async () => {
    const whole = await decoder.decode(path);
    const random = generator(path.length);
    const bytes = readFileSync(path);
    for (const source of [path, bytes, inPieces(bytes, random), inPieces(bytes, random)]) {
      const frames = 1 + Math.floor(random() * 20_000);
      const samples = joined(await all(decoder.stream(source, { frames })), frames);
      expect(samples.length).toBe(whole.frames);
      expect(difference(samples, whole.data, 0)).toBe(0);
    }
  });

  test('all channels, from bytes that are still coming', async () => {
    const whole = await decode(path, { channels: 'native' });
    const part = await decode(inPieces(readFileSync(path), generator(3)), { channels: 'native' });
    expect(part.shape).toEqual(whole.shape);
    expect(part.data).toEqual(whole.data);
    expect(part.damage).toEqual(whole.damage);
  });
});

describe('sources that are still coming', () => {
  const kinds: [string, () => ConstructorParameters<typeof Object>[0]][] = [
    ['a Node Readable', () => createReadStream(mp3, { highWaterMark: 1000 })],
    ['a web ReadableStream', () => Readable.toWeb(createReadStream(mp3))],
    ['an async generator', () => inPieces(readFileSync(mp3), generator(1))],
    ['a PassThrough that is written to', () => createReadStream(mp3).pipe(new PassThrough())],
    ['ArrayBuffers', () => Readable.from([new Uint8Array(readFileSync(mp3)).buffer])],
    ['single bytes', () => inPieces(readFileSync(pathOf('reservoir.mp3')), () => 0)],
  ];
  test.each(kinds)('%s', async (name, make) => {
    const whole = await decoder.decode(name === 'single bytes' ? pathOf('reservoir.mp3') : mp3);
    const audio = await decoder.decode(make() as Readable);
    expect(audio.data).toEqual(whole.data);
    expect(audio.source).toMatchObject({ size: null, collected: null });
  });

  test('a Blob', async () => {
    const chunks = await all(decoder.stream(await openAsBlob(mp3), { frames: 5000 }));
    expect(joined(chunks, 5000)).toEqual((await decoder.decode(mp3)).data);
  });

  test('decoding starts long before the end', async () => {
    const bytes = readFileSync(mp3);
    let sent = 0;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* producer() {
      for (; sent < 30_000; sent += 1000) yield bytes.subarray(sent, sent + 1000);
      await held;
      yield bytes.subarray(sent);
    }
    const chunks = decoder.stream(producer(), { seconds: 1 })[Symbol.asyncIterator]();
    const first = await chunks.next();
    expect(first.value?.frames).toBe(16_000);
    expect(sent).toBe(30_000);
    release();
    let frames = 16_000;
    for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) frames += chunk.frames;
    expect(frames).toBe((await decoder.decode(mp3)).frames);
  });

  test.each(['edit-list.m4a', 'pcm.mov'])(
    '%s has its index behind the samples: it is collected, and says so',
    async (file) => {
      const source = inPieces(readFileSync(pathOf(file)), generator(9));
      expect((await decoder.decode(source)).source.collected).toBe('memory');
    },
  );

  test('the producer is held back while the consumer is slow', async () => {
    const chunk = new Uint8Array(65_536);
    const header = readFileSync(pathOf('pcm.wav')).subarray(0, 44);
    let sent = 0;
    async function* endless() {
      // A WAV that states no length.
      yield Buffer.concat([header.subarray(0, 4), Buffer.alloc(4, 255), header.subarray(8, 40), Buffer.alloc(4, 255)]);
      for (; ; sent += chunk.length) yield chunk;
    }
    const stream = new AudioDecoder().stream(endless(), { seconds: 0.1 });
    let chunks = 0;
    for await (const { frames } of stream) {
      expect(frames).toBe(800);
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (++chunks === 20) break;
    }
    // A mebibyte in the feed, and as much again in what is read ahead of it.
    expect(sent).toBeLessThan(4 * 1024 * 1024);
  });
});

describe('an AudioStream', () => {
  test('tells what the source is, and what was wrong', async () => {
    const bytes = readFileSync(pathOf('vorbis.ogg'));
    bytes.fill(0xff, 30_000, 30_400);
    const stream = decoder.stream(bytes);
    expect(stream.source).toBeUndefined();
    const chunks = await all(stream);
    expect(chunks.length).toBeGreaterThan(3);
    expect(stream.source).toMatchObject({ codec: 'vorbis', sampleRate: 44_100, size: bytes.length });
    expect(stream.damage.packets).toBeGreaterThan(0);
    expect(stream.damage).toEqual((await decoder.decode(bytes)).damage);
  });

  test('is one second long by default, and can be read once', async () => {
    const stream = decoder.stream(mp3);
    const [first] = await all(stream);
    expect(first?.frames).toBe(16_000);
    expect(() => stream[Symbol.asyncIterator]()).toThrow(/once/);
  });

  test('as a web stream', async () => {
    const whole = await decoder.decode(mp3);
    const chunks = await all(decoder.stream(mp3, { frames: 7000 }).toReadableStream());
    expect(joined(chunks, 7000)).toEqual(whole.data);
    const reader = decoder.stream(mp3).toReadableStream().getReader();
    await reader.read();
    await reader.cancel();
    expect(await reader.read()).toEqual({ done: true, value: undefined });
  });

  test('as a Node transform in a pipeline', async () => {
    const whole = await decoder.decode(mp3);
    const chunks: AudioChunk[] = [];
    await pipeline(
      createReadStream(mp3),
      decoder.transform({ frames: 7000 }),
      async (audio: AsyncIterable<AudioChunk>) => {
        for await (const chunk of audio) chunks.push(chunk);
      },
    );
    expect(joined(chunks, 7000)).toEqual(whole.data);
  });

  test('as a transform, errors reach the pipeline', async () => {
    const run = pipeline(Readable.from([Buffer.from('no audio at all')]), decoder.transform(), async (audio) => {
      for await (const _ of audio) throw new Error('there should be no chunk');
    });
    expect(await errorOf(run)).toMatchObject({ code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER' });
  });

  test.each([
    [{ seconds: 0 }, RangeError, /options\.seconds/],
    [{ seconds: '1' }, TypeError, /options\.seconds/],
    [{ seconds: 1e6 }, RangeError, /options\.seconds/],
    [{ frames: 0.5 }, RangeError, /options\.frames/],
    [{ seconds: 1, frames: 1 }, TypeError, /options\.seconds and options\.frames/],
    [{ chunk: 1 }, TypeError, /options\.chunk/],
  ])('%o is refused at the call', (options, Kind, message) => {
    expect(() => decoder.stream(mp3, options as object)).toThrow(Kind);
    expect(() => decoder.stream(mp3, options as object)).toThrow(message);
    expect(() => decoder.transform(options as object)).toThrow(Kind);
  });
});
