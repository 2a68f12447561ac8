import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AudioSamples, decode, encodeStream } from '../../dist/index.js';
import { native } from '../../dist/native/binding.js';
import { equalSamples } from '../decode/wav.js';
import { errorOf, slowness, thrownBy } from '../safe/outcome.js';
import { interleaved, longNoise, noise, quantised, readFlac, readWav, streamInfo } from './oracle.js';

/** Planar samples in chunks of `size` frames. */
function* chunksOf(data: Float32Array, channels: number, size: number, sampleRate = 16_000): Generator<AudioSamples> {
  const frames = data.length / channels;
  for (let start = 0; start < frames; start += size) {
    const length = Math.min(size, frames - start);
    const block = new Float32Array(channels * length);
    for (let c = 0; c < channels; c++)
      block.set(data.subarray(c * frames + start, c * frames + start + length), c * length);
    yield { data: block, shape: channels === 1 ? [length] : [channels, length], sampleRate };
  }
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
}

describe.each([1, 2, 6])('%i channels', (channels) => {
  const frames = 12_345;
  const data = noise(channels * frames, channels);

  test.each([1, 160, 4095, 4096, 4097, 100_000])('chunks of %i frames make the same file', async (size) => {
    // One frame at a time is for a short file: each is a job.
    const part = size === 1 ? data.subarray(0, channels * 200) : data;
    for (const bitDepth of [16, 24, 32] as const) {
      const file = readWav(await joined(encodeStream(chunksOf(part, channels, size), { format: 'wav', bitDepth })));
      const samples = interleaved(part, channels);
      expect(file).toMatchObject({ channels, sampleRate: 16_000, riffSize: 0xffffffff, dataSize: 0xffffffff });
      expect(file.samples).toEqual(bitDepth === 32 ? samples : samples.map((sample) => quantised(sample, bitDepth)));
    }
    for (const bitDepth of [16, 24] as const) {
      const bytes = await joined(encodeStream(chunksOf(part, channels, size), { format: 'flac', bitDepth }));
      expect(readFlac(bytes, bitDepth)).toEqual(
        interleaved(part, channels).map((sample) => quantised(sample, bitDepth)),
      );
      expect(streamInfo(bytes)).toEqual({
        sampleRate: 16_000,
        channels,
        bits: bitDepth,
        frames: 0,
        md5: '0'.repeat(32),
      });
    }
  });

  test('decode reads what was streamed, without calling it damaged', async () => {
    for (const format of ['wav', 'flac'] as const) {
      const bytes = await joined(encodeStream(chunksOf(data, channels, 1000), { format, bitDepth: 16 }));
      const audio = await decode(bytes, { channels: 'native' });
      expect(audio.damage).toMatchObject({ packets: 0, truncated: false });
      expect(
        equalSamples(
          audio.data,
          data.map((sample) => quantised(sample, 16) / 32_768),
        ),
      ).toBe(true);
    }
  });
});

describe('consumers', () => {
  const data = noise(20_000);
  const expected = [...data].map((sample) => quantised(sample, 16));
  const stream = () => encodeStream(chunksOf(data, 1, 1600), { format: 'wav', bitDepth: 16 });

  test('a Response', async () => {
    const response = new Response(ReadableStream.from(stream()) as BodyInit);
    expect(readWav(new Uint8Array(await response.arrayBuffer())).samples).toEqual(expected);
  });

  test('a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cochlea-encode-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await pipeline(Readable.from(stream()), createWriteStream(join(folder, 'a.wav')));
    expect(readWav(readFileSync(join(folder, 'a.wav'))).samples).toEqual(expected);
  });

  test('WAV bytes are there as soon as their samples are', async () => {
    const lengths: number[] = [];
    for await (const piece of stream()) lengths.push(piece.length);
    expect(lengths).toEqual([44 + 3200, ...new Array(11).fill(3200), 1600]);
  });

  test('one that stops closes the source', async () => {
    let closed = false;
    async function* source() {
      try {
        while (true) yield { data: noise(100), sampleRate: 8000 };
      } finally {
        closed = true;
      }
    }
    for await (const piece of encodeStream(source(), { format: 'wav' })) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(closed).toBe(true);
  });
});

describe('chunks', () => {
  const chunk: AudioSamples = { data: noise(100), sampleRate: 8000 };
  const stream = (...chunks: unknown[]) => joined(encodeStream(chunks as AudioSamples[], { format: 'wav' }));

  test('that differ are named', async () => {
    const other = await errorOf(stream(chunk, chunk, { ...chunk, sampleRate: 16_000 }));
    expect(other).toBeInstanceOf(RangeError);
    expect(other.message).toBe('chunks[2].sampleRate must be that of the first chunk, 8000, got 16000');
    const wider = await errorOf(stream(chunk, { ...chunk, channels: 2 }));
    expect(wider.message).toBe('chunks[1].channels must be that of the first chunk, 1, got 2');
  });

  test('that are no samples are named', async () => {
    for (const [wrong, shown] of [
      [undefined, 'undefined'],
      [noise(3), 'data'],
      [{ ...chunk, data: [0.5] }, 'Array'],
    ] as const) {
      const error = await errorOf(stream(chunk, wrong));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(/^chunks\[1\]/);
      expect(error.message).toContain(shown);
    }
  });

  test('that are empty are skipped; nothing but those is no file', async () => {
    const empty = { ...chunk, data: new Float32Array() };
    expect(readWav(await stream(empty, chunk, empty, empty)).samples).toHaveLength(100);
    for (const none of [stream(), stream(empty, empty)]) {
      expect(await errorOf(none)).toMatchObject({ code: 'ERR_AUDIO_EMPTY' });
    }
  });

  test('with NaN are refused, counted from the start of the stream', async () => {
    const bad = { ...chunk, data: noise(100).fill(Number.NaN, 7) };
    const error = await errorOf(stream(chunk, bad));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_NON_FINITE', message: 'frame 107 of channel 0 is NaN' });
  });

  test('that clip are counted together', async () => {
    const counts: number[] = [];
    const loud = { ...chunk, data: Float32Array.of(2, 0, -2) };
    await joined(encodeStream([loud, chunk, loud], { format: 'flac', onClipped: (count) => counts.push(count) }));
    expect(counts).toEqual([4]);
  });
});

describe('failures', () => {
  test('what the source throws comes through, and its return is not called', async () => {
    let returned = false;
    const source: AsyncIterable<AudioSamples> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(new Error('the microphone is gone')),
        return: async () => {
          returned = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const error = await errorOf(joined(encodeStream(source, { format: 'wav' })));
    expect(error.message).toBe('the microphone is gone');
    expect(returned).toBe(false);
  });

  test('abort ends it at once, while the source is silent', async () => {
    const controller = new AbortController();
    async function* source() {
      yield { data: noise(100), sampleRate: 8000 };
      await new Promise(() => {});
    }
    const pieces = encodeStream(source(), { format: 'wav', signal: controller.signal });
    expect((await pieces.next()).done).toBe(false);
    const next = pieces.next();
    const started = performance.now();
    controller.abort(new Error('enough'));
    const error = await errorOf(next);
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: { message: 'enough' } });
    expect(performance.now() - started).toBeLessThan(50 * slowness);
  });

  test('abort ends it while a long chunk is encoded, and closes the source', async () => {
    const controller = new AbortController();
    let closed = false;
    function* source() {
      try {
        yield { data: longNoise(), sampleRate: 48_000 };
      } finally {
        closed = true;
      }
    }
    const pieces = encodeStream(source(), { format: 'flac', signal: controller.signal });
    const next = pieces.next();
    // Past the check of the chunk, into the job.
    while (native.load().running === 0) await new Promise((resolve) => setImmediate(resolve));
    const started = performance.now();
    controller.abort();
    expect(await errorOf(next)).toMatchObject({ name: 'AbortError' });
    expect(performance.now() - started).toBeLessThan(50 * slowness);
    expect(closed).toBe(true);
  });

  test('the native stream takes one call at a time, and none after its end', async () => {
    const stream = new native.EncodeStream({
      format: 0,
      bits: 16,
      sampleRate: 8000,
      channels: 1,
      maxBytes: 1e9,
      bitRate: 0,
    });
    const cancellation = () => new native.Cancellation();
    const first = stream.write(noise(100), cancellation());
    expect(thrownBy(() => stream.write(noise(100), cancellation())).message).toContain('still writing');
    expect(thrownBy(() => stream.finish(cancellation())).message).toContain('still writing');
    await first;
    await stream.finish(cancellation());
    expect(thrownBy(() => stream.write(noise(100), cancellation())).message).toContain('has ended');
    const failed = new native.EncodeStream({
      format: 0,
      bits: 16,
      sampleRate: 8000,
      channels: 1,
      maxBytes: 1e9,
      bitRate: 0,
    });
    await expect(failed.write(Float32Array.of(Number.NaN), cancellation())).rejects.toMatchObject({
      code: 'ERR_AUDIO_NON_FINITE',
    });
    expect(thrownBy(() => failed.write(noise(100), cancellation())).message).toContain('has ended');
  });
});
