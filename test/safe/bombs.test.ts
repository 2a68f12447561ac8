import { describe, expect, test } from 'vitest';
import { constantFlac } from './flac.js';
import { decodeApart, memorySlack, slowness } from './outcome.js';

/** Small files that decode to large ones. Memory and time must follow the limits, not the file's wishes. */

const megabyte = 1024 ** 2;
const hour = 3600 * 16_000;

test('the FLAC of these tests is one: an hour of 0.5, 4000 times smaller than its 16-bit PCM', async () => {
  const bytes = constantFlac(hour, { value: 16_384 });
  expect((hour * 2) / bytes.byteLength).toBeGreaterThan(4000);
  const outcome = await decodeApart(bytes, { sampleRate: 8000 });
  expect(outcome).toMatchObject({ frames: hour / 2, sampleRate: 8000 });
  expect(outcome.peak).toBeCloseTo(0.5, 1);
  expect(outcome.damage).toMatchObject({ packets: 0, truncated: false });
});

test('an hour of silence takes the memory of its result, and no more', async () => {
  const outcome = await decodeApart(constantFlac(hour));
  expect(outcome.frames).toBe(hour);
  // 230 MB of float. The result grows as it decodes, because no header of so small a file is believed:
  // half as much again may be reserved, of which only what was written is resident.
  expect(outcome.grownBytes).toBeLessThan(memorySlack * (1.3 * hour * 4 + 40 * megabyte));
  expect(outcome.milliseconds).toBeLessThan(2000 * slowness);
});

describe('a day of silence in 300 kB', () => {
  const day = constantFlac(24 * hour);

  test('stops at the default limit of seconds', async () => {
    const outcome = await decodeApart(day, { sampleRate: 1000 });
    expect(outcome).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'seconds', max: 14_400 });
    expect(outcome.actual).toBeGreaterThan(14_400);
    expect(outcome.milliseconds).toBeLessThan(2000 * slowness);
  });

  test('stops at a limit of seconds before it costs memory', async () => {
    const outcome = await decodeApart(day, { limits: { seconds: 60 } });
    expect(outcome).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'seconds', max: 60 });
    expect(outcome.actual).toBeLessThan(60 + 65_535 / 16_000);
    expect(outcome.grownBytes).toBeLessThan(memorySlack * 20 * megabyte);
    expect(outcome.milliseconds).toBeLessThan(500 * slowness);
  });

  test('stops at a limit of decoded bytes before it costs more memory than that', async () => {
    const outcome = await decodeApart(day, { limits: { decodedBytes: 32 * megabyte } });
    expect(outcome).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'decodedBytes', max: 32 * megabyte });
    expect(outcome.actual).toBeLessThan(33 * megabyte);
    expect(outcome.grownBytes).toBeLessThan(memorySlack * (32 * 1.5 * megabyte + 20 * megabyte));
    expect(outcome.milliseconds).toBeLessThan(1000 * slowness);
  });

  test('resampled up, the result counts, not the source', async () => {
    const outcome = await decodeApart(day, {
      sampleRate: 192_000,
      channels: 2,
      limits: { decodedBytes: 32 * megabyte },
    });
    expect(outcome).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'decodedBytes', max: 32 * megabyte });
    expect(outcome.grownBytes).toBeLessThan(memorySlack * (32 * 1.5 * megabyte + 40 * megabyte));
    expect(outcome.milliseconds).toBeLessThan(2000 * slowness);
  });
});

test('655350 Hz and eight channels, said to go on for 29 hours', async () => {
  const bytes = constantFlac(20 * 65_535, { sampleRate: 655_350, channels: 8, statedSamples: 2 ** 36 - 1 });
  const native = await decodeApart(bytes, { channels: 'native' });
  expect(native).toMatchObject({ frames: 20 * 65_535, channels: 8, sampleRate: 655_350, damage: { truncated: true } });
  expect(native.grownBytes).toBeLessThan(memorySlack * 3 * 20 * 65_535 * 8 * 4);
  const speech = await decodeApart(bytes, { sampleRate: 16_000 });
  expect(speech).toMatchObject({ frames: 32_000, damage: { truncated: true } });
  expect(speech.grownBytes).toBeLessThan(memorySlack * 30 * megabyte);
  expect(speech.milliseconds).toBeLessThan(2000 * slowness);
});
