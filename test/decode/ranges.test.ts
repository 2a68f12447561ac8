import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AudioDecoder, AudioSource, decode } from '../../dist/index.js';
import { errorOf } from '../safe/outcome.js';
import { difference, frameAt, generator, longer } from './cuts.js';

/**
 * A range must be the same slice of the whole decode. At the source's rate it is, bit for bit. Resampled, soxr
 * convolves in blocks of a Fourier transform, which lie otherwise when it starts elsewhere: the rounding of float32
 * differs, 2^-24 of full scale and a few times that.
 */
const tolerance = { native: 0, resampled: 5e-7 };
const rates = [
  ['at its own rate', undefined, tolerance.native],
  ['at 16 kHz', 16_000, tolerance.resampled],
] as const;

describe.each(longer)('%s', (_, path) => {
  test.each(rates)('%s, any tiling of ranges is the whole', async (_name, sampleRate, allowed) => {
    const whole = await decode(path, { sampleRate });
    const random = generator(path.length);
    using shared = AudioSource.open(path);
    for (const source of [path, shared]) {
      const cuts = Array.from({ length: 9 }, () => random() * whole.duration).sort((a, b) => a - b);
      const bounds = [0, ...cuts, Number.POSITIVE_INFINITY];
      let frames = 0;
      for (const [index, end] of bounds.slice(1).entries()) {
        const start = bounds[index] ?? 0;
        if (frameAt(start, whole) === frameAt(Math.min(end, whole.duration), whole)) continue;
        const part = await decode(source, { sampleRate, start, end });
        expect(part.startFrame).toBe(frameAt(start, whole));
        expect(part.startFrame).toBe(frames);
        expect(part.sampleRate).toBe(whole.sampleRate);
        expect(difference(part.data, whole.data, part.startFrame)).toBeLessThanOrEqual(allowed);
        frames += part.frames;
      }
      expect(frames).toBe(whole.frames);
    }
  });

  test('ranges from the end, of all channels, from bytes', async () => {
    const whole = await decode(path, { channels: 'native' });
    const part = await decode(readFileSync(path), { channels: 'native', start: -1.25 });
    const first = whole.frames + Math.floor(-1.25 * whole.sampleRate + 0.5);
    expect([part.startFrame, part.frames]).toEqual([first, whole.frames - first]);
    for (let channel = 0; channel < whole.channels; channel++) {
      const expected = whole.data.subarray(channel * whole.frames + first, (channel + 1) * whole.frames);
      expect(part.data.subarray(channel * part.frames, (channel + 1) * part.frames)).toEqual(expected);
    }
  });

  test('a stream of a range is that range', async () => {
    const whole = await decode(path);
    let frames = frameAt(3.21, whole);
    for await (const chunk of new AudioDecoder().stream(path, { start: 3.21, end: 5.4, frames: 3333 })) {
      expect(chunk.startFrame).toBe(frames);
      expect(chunk.start).toBe(frames / whole.sampleRate);
      expect(difference(chunk.data, whole.data, frames)).toBe(0);
      frames += chunk.frames;
    }
    expect(frames).toBe(frameAt(5.4, whole));
  });
});

const path = longer.find(([file]) => file === 'lame.mp3')?.[1] ?? '';

describe('the edges', () => {
  test('a range longer than the audio ends with it', async () => {
    const { duration } = await decode(path);
    const part = await decode(path, { start: 1, end: 1000 });
    expect(part.duration).toBeCloseTo(duration - 1, 4);
    expect((await decode(path, { start: -1000 })).duration).toBe(duration);
  });

  test('a range behind the end is an error that says so', async () => {
    for (const range of [{ start: 6.5 }, { start: 1000, end: 1001 }, { start: 1e9 }, { start: 6 }]) {
      expect(await errorOf(decode(path, range))).toMatchObject({ code: 'ERR_AUDIO_RANGE', fault: 'client' });
    }
    expect(await errorOf(decode(path, { start: -0.000001 }))).toMatchObject({ code: 'ERR_AUDIO_RANGE' });
    // Both bounds fall on the same frame.
    expect(await errorOf(decode(path, { start: 1, end: 1.000001 }))).toMatchObject({ code: 'ERR_AUDIO_RANGE' });
  });

  test('bounds are rounded to the nearest frame, halves up', async () => {
    // Powers of two, so that the half is exact.
    const options = { sampleRate: 16_384, end: 3 };
    expect((await decode(path, { ...options, start: 2 + 1 / 32_768 })).startFrame).toBe(32_769);
    expect((await decode(path, { ...options, start: 2 + 0.99 / 32_768 })).startFrame).toBe(32_768);
  });

  test.each([
    [{ start: '1' }, TypeError, /options\.start must be a number of seconds, got '1'/],
    [{ end: null }, TypeError, /options\.end must be a number of seconds, got null/],
    [{ start: Number.NaN }, RangeError, /options\.start/],
    [{ start: Number.POSITIVE_INFINITY }, RangeError, /options\.start/],
    [{ end: 0 }, RangeError, /options\.end must be more than options\.start \(0\), got 0/],
    [{ start: 2, end: 1 }, RangeError, /options\.end/],
    [{ start: -2, end: 1 }, RangeError, /negative start/],
    [{ end: Number.NaN }, RangeError, /options\.end/],
  ])('%o is refused at the call', (range, Kind, message) => {
    expect(() => decode(path, range as object)).toThrow(Kind);
    expect(() => decode(path, range as object)).toThrow(message);
  });

  test('limits count what is decoded, not what is passed over', async () => {
    const decoder = new AudioDecoder({ limits: { seconds: 3 } });
    expect((await decoder.decode(path, { start: 4, end: 5 })).frames).toBe(44_100);
    expect(await errorOf(decoder.decode(path, { start: 1, end: 5 }))).toMatchObject({ limit: 'seconds' });
  });
});

describe('an open source', () => {
  test('serves ranges at the same time', async () => {
    const whole = await decode(path, { sampleRate: 16_000 });
    using source = AudioSource.open(path);
    const starts = [5, 1, 4, 2, 3, 0, 5.5, 2.5];
    const parts = await Promise.all(
      starts.map((start) => decode(source, { sampleRate: 16_000, start, end: start + 0.5 })),
    );
    for (const [index, part] of parts.entries()) {
      expect(part.startFrame).toBe((starts[index] ?? 0) * 16_000);
      expect(difference(part.data, whole.data, part.startFrame)).toBeLessThanOrEqual(tolerance.resampled);
    }
  });

  test.each(['faststart.m4a', 'alac.m4a', 'pcm.mov'])('%s gives the same after requests that failed', async (name) => {
    const file = longer.find(([each]) => each === name)?.[1] ?? '';
    const whole = await decode(file);
    using source = AudioSource.open(readFileSync(file));
    const small = new AudioDecoder({ limits: { seconds: 0.2 } });
    const fail = [
      () => decode(source, { start: 1000 }),
      () => decode(source, { start: 2, signal: AbortSignal.timeout(0) }),
      () => decode(source, { start: 2, stream: 7 }),
      () => small.decode(source, { start: 2, end: 3 }),
    ];
    for (const failing of [...fail, ...fail]) {
      const running = [0.2, 5, 3.3].map((start) => decode(source, { start, end: start + 0.5 }));
      await failing().catch(() => undefined);
      for (const part of await Promise.all(running)) {
        expect(difference(part.data, whole.data, part.startFrame)).toBe(0);
        expect(part.source).toEqual(whole.source);
        expect(part.damage).toEqual(whole.damage);
      }
    }
    const abandoned = new AudioDecoder().stream(source, { start: 1, seconds: 0.5 });
    for await (const { data } of abandoned) {
      expect(difference(data, whole.data, whole.sampleRate)).toBe(0);
      break;
    }
    expect((await decode(source)).data).toEqual(whole.data);
  });

  test('is refused once it is closed', async () => {
    const source = AudioSource.open(path);
    const begun = decode(source);
    source.close();
    source.close();
    const { frames } = await begun.catch(() => decode(path));
    expect(frames).toBeGreaterThan(0);
    expect(await errorOf(decode(source))).toMatchObject({ code: 'ERR_CLOSED', fault: 'server', retryable: false });
  });

  test('that is no file is an error of the request', async () => {
    expect(await errorOf(decode(AudioSource.open('/nowhere/at-all.wav')))).toMatchObject({
      code: 'ERR_AUDIO_SOURCE',
      cause: { code: 'ENOENT' },
    });
    expect(() => AudioSource.open(new Blob([]) as never)).toThrow(TypeError);
    expect(() => AudioSource.open('')).toThrow(TypeError);
  });
});
