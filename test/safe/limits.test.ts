import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AudioDecoder, defaultLimits, LimitError, probe } from '../../dist/index.js';
import { errorOf } from './outcome.js';
import { silentWav, toneWav } from './sounds.js';

/** Each limit by itself: what just fits passes, one more is an error that says which, how much, and how much it was. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function limitOf(promise: Promise<unknown>): Promise<LimitError> {
  const error = await errorOf(promise);
  expect(error).toBeInstanceOf(LimitError);
  expect(error).toMatchObject({ name: 'LimitError', code: 'ERR_AUDIO_LIMIT' });
  // A timeout counts waiting: it is the service that was too slow, and may be faster next time.
  const late = (error as LimitError).limit === 'timeout';
  expect(error).toMatchObject({ fault: late ? 'server' : 'client', retryable: late });
  return error as LimitError;
}

describe('inputBytes', () => {
  const bytes = toneWav(1);
  const size = bytes.byteLength;
  const fits = new AudioDecoder({ limits: { inputBytes: size } });
  const tight = new AudioDecoder({ limits: { inputBytes: size - 1 } });
  const expected = { limit: 'inputBytes', max: size - 1, actual: size };

  test('of a buffer', async () => {
    expect((await fits.decode(bytes)).frames).toBe(16_000);
    expect(await limitOf(tight.decode(bytes))).toMatchObject(expected);
    expect(await limitOf(tight.probe(bytes))).toMatchObject(expected);
  });

  test('of a file', async () => {
    const path = join(folder, 'tone.wav');
    writeFileSync(path, bytes);
    expect((await fits.decode(path)).frames).toBe(16_000);
    expect(await limitOf(tight.decode(path))).toMatchObject(expected);
  });

  test('of a blob, before its bytes are in memory', async () => {
    expect((await fits.decode(new Blob([bytes]))).frames).toBe(16_000);
    class Unread extends Blob {
      override arrayBuffer(): Promise<ArrayBuffer> {
        throw new Error('was read');
      }
    }
    expect(await limitOf(tight.decode(new Unread([bytes])))).toMatchObject(expected);
  });

  test('of a sparse terabyte is met at once', async () => {
    const path = join(folder, 'sparse.wav');
    writeFileSync(path, bytes);
    truncateSync(path, 2 ** 40);
    expect(await limitOf(new AudioDecoder().decode(path))).toMatchObject({
      limit: 'inputBytes',
      max: defaultLimits.inputBytes,
      actual: 2 ** 40,
    });
  });
});

describe('seconds', () => {
  test('counts the source', async () => {
    const bytes = toneWav(10);
    expect((await new AudioDecoder({ limits: { seconds: 10 } }).decode(bytes)).duration).toBe(10);
    const error = await limitOf(new AudioDecoder({ limits: { seconds: 9.9 } }).decode(bytes));
    expect(error).toMatchObject({ limit: 'seconds', max: 9.9 });
    expect(error.actual).toBeGreaterThan(9.9);
    expect(error.actual).toBeLessThanOrEqual(10);
  });
});

describe('decodedBytes', () => {
  test('counts the result: float32 of all channels', async () => {
    const bytes = toneWav(10);
    const decoder = new AudioDecoder({ limits: { decodedBytes: 320_000 } });
    expect((await decoder.decode(bytes, { sampleRate: 8000 })).data.byteLength).toBe(320_000);
    for (const options of [{ sampleRate: 8000, channels: 2 }, { sampleRate: 16_000 }] as const) {
      const error = await limitOf(decoder.decode(bytes, options));
      expect(error).toMatchObject({ limit: 'decodedBytes', max: 320_000 });
      expect(error.actual).toBeGreaterThan(320_000);
    }
  });
});

describe('channels', () => {
  test('counts those of the source, whatever comes out', async () => {
    const bytes = silentWav(0.1, 16_000, 6);
    expect((await new AudioDecoder({ limits: { channels: 6 } }).decode(bytes)).channels).toBe(1);
    const decoder = new AudioDecoder({ limits: { channels: 5 } });
    expect(await limitOf(decoder.decode(bytes))).toMatchObject({ limit: 'channels', max: 5, actual: 6 });
  });
});

describe('sampleRate', () => {
  test('bounds that of the source at both ends', async () => {
    const bytes = toneWav(0.1, 16_000);
    const exact = new AudioDecoder({ limits: { sampleRate: [16_000, 16_000] } });
    expect((await exact.decode(bytes, { sampleRate: 48_000 })).sampleRate).toBe(48_000);
    const high = new AudioDecoder({ limits: { sampleRate: [1000, 15_999] } });
    expect(await limitOf(high.decode(bytes))).toMatchObject({ limit: 'sampleRate', max: 15_999, actual: 16_000 });
    const low = new AudioDecoder({ limits: { sampleRate: [16_001, 48_000] } });
    expect(await limitOf(low.decode(bytes))).toMatchObject({ limit: 'sampleRate', max: 16_001, actual: 16_000 });
  });
});

describe('timeout', () => {
  // Ten minutes at the highest quality: seconds of work.
  const long = silentWav(600, 16_000);
  const work = { sampleRate: 48_000, quality: 'VHQ' } as const;

  test('stops a decode', async () => {
    const error = await limitOf(new AudioDecoder({ timeout: 20 }).decode(long, work));
    expect(error).toMatchObject({ limit: 'timeout', max: 20 });
    expect(error.actual).toBeGreaterThanOrEqual(20);
  });

  test('of a request cannot exceed that of its decoder', async () => {
    const error = await limitOf(new AudioDecoder({ timeout: 20 }).decode(long, { ...work, timeout: 60_000 }));
    expect(error).toMatchObject({ limit: 'timeout', max: 20 });
  });

  test('of a request may be shorter than that of its decoder', async () => {
    const error = await limitOf(new AudioDecoder({ timeout: 60_000 }).decode(long, { ...work, timeout: 20 }));
    expect(error).toMatchObject({ limit: 'timeout', max: 20 });
  });

  // The clock's range was exceeded, and the deadline was in the past.
  test('of Infinity is none', async () => {
    for (const timeout of [Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER]) {
      expect((await new AudioDecoder({ timeout }).decode(toneWav(0.1))).frames).toBe(1600);
    }
  });
});

describe('a request', () => {
  test('cannot bring limits of its own', () => {
    const decoder = new AudioDecoder({ limits: { seconds: 1 } });
    const options = { limits: { seconds: 100 } } as object;
    expect(() => decoder.decode(toneWav(10), options)).toThrow(TypeError);
    expect(() => decoder.decode(toneWav(10), options)).toThrow(/options\.limits is not an option/);
    expect(() => decoder.probe(toneWav(10), options)).toThrow(TypeError);
  });

  test('cannot change those of its decoder', () => {
    const decoder = new AudioDecoder({ limits: { seconds: 1 } });
    expect(() => {
      (decoder.limits as { seconds: number }).seconds = 100;
    }).toThrow(TypeError);
    expect(() => {
      (decoder.limits.sampleRate as unknown as number[])[1] = 1e9;
    }).toThrow(TypeError);
    expect(decoder.limits).toEqual({ ...defaultLimits, seconds: 1 });
  });

  test('keeps the limits that the decoder was made with, whatever becomes of the object they came in', async () => {
    const limits = { seconds: 1 };
    const decoder = new AudioDecoder({ limits });
    limits.seconds = 100;
    expect(await limitOf(decoder.decode(toneWav(2)))).toMatchObject({ limit: 'seconds', max: 1 });
  });
});

test('Infinity lifts each limit', async () => {
  const { POSITIVE_INFINITY: none } = Number;
  const decoder = new AudioDecoder({
    limits: { inputBytes: none, seconds: none, decodedBytes: none, channels: none, sampleRate: [1, none] },
  });
  expect((await decoder.decode(toneWav(1))).frames).toBe(16_000);
  expect((await probe(toneWav(1))).sampleRate).toBe(16_000);
});

test.each([
  [8000, { end: 30 }],
  [16_000, { start: 30, end: 60 }],
  [44_100, { end: 29.9 }],
  [8000, { start: 0.5, end: 30.5 }],
])('a range at %i Hz counts as long as it is, not as the packet in which it ends: %j', async (rate, range) => {
  const bytes = silentWav(100, rate);
  const decoder = new AudioDecoder({ limits: { seconds: 30 } });
  const audio = await decoder.decode(bytes, range);
  expect(audio.frames).toBe(Math.round((range.end - (range.start ?? 0)) * rate));
  await limitOf(decoder.decode(bytes, { ...range, end: range.end + 0.2 }));
});
