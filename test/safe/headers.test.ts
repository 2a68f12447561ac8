import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { constantFlac } from './flac.js';
import { decodeApart, errorOf, memorySlack, slowness } from './outcome.js';
import { toneWav, wav } from './sounds.js';
import { silentWebm } from './webm.js';

/** Headers that crash, hang or bloat other decoders: each ends here in samples or in an error, soon. */

const megabyte = 1024 ** 2;
const second = new Uint8Array(32_000).fill(1);

function expectCheap(outcome: { milliseconds: number; grownBytes: number }): void {
  expect(outcome.milliseconds).toBeLessThan(2000 * slowness);
  expect(outcome.grownBytes).toBeLessThan(memorySlack * 64 * megabyte);
}

describe('WAV', () => {
  test('of rate 0', async () => {
    const outcome = await decodeApart(wav(second, { sampleRate: 0 }), { sampleRate: 16_000 });
    expect(outcome.code).toMatch(/^ERR_AUDIO_(CORRUPT|LIMIT|UNSUPPORTED_CODEC)$/);
    expectCheap(outcome);
  });

  test('of rate 1, which would be hours of sound: 2.1 G samples at 16 kHz', async () => {
    const outcome = await decodeApart(wav(new Uint8Array(262_144), { sampleRate: 1 }), { sampleRate: 16_000 });
    expect(outcome).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'sampleRate', max: 1000, actual: 1 });
    expectCheap(outcome);
  });

  test('of rate 1, with the limits of rate and length lifted: the size of the result still counts', async () => {
    const limits = { sampleRate: [1, 768_000] as const, seconds: 1e9, decodedBytes: 16 * megabyte };
    const outcome = await decodeApart(wav(new Uint8Array(262_144), { sampleRate: 1 }), { sampleRate: 16_000, limits });
    expect(outcome).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'decodedBytes' });
    expectCheap(outcome);
  });

  test('of 4294967295 Hz', async () => {
    const outcome = await decodeApart(wav(second, { sampleRate: 0xffff_ffff }), { sampleRate: 16_000 });
    expect(outcome.code).toMatch(/^ERR_AUDIO_(CORRUPT|LIMIT|UNSUPPORTED_CODEC)$/);
    expectCheap(outcome);
  });

  test('of 65535 channels', async () => {
    const bytes = wav(new Uint8Array(65_535 * 2 * 16), { channels: 65_535, bits: 16 });
    for (const channels of [1, 2, 'native'] as const) {
      const outcome = await decodeApart(bytes, { channels });
      expect(outcome.code).toMatch(/^ERR_AUDIO_/);
      expect(outcome.code).not.toBe('ERR_AUDIO_INTERNAL');
      expectCheap(outcome);
    }
  });

  test('of no channels, and of no bits', async () => {
    for (const header of [{ channels: 0 }, { bits: 0 }]) {
      const outcome = await decodeApart(wav(second, header));
      expect(outcome.code).toMatch(/^ERR_AUDIO_/);
      expect(outcome.code).not.toBe('ERR_AUDIO_INTERNAL');
      expectCheap(outcome);
    }
  });

  test('that says 4 GB and holds a second', async () => {
    for (const dataBytes of [0xffff_fff0, 0x8000_0000]) {
      const outcome = await decodeApart(wav(second, { dataBytes }), { sampleRate: 16_000 });
      expect(outcome.frames).toBe(16_000);
      expectCheap(outcome);
    }
  });

  test('that says ten minutes and holds a second is reported as cut off', async () => {
    const bytes = wav(second, { dataBytes: 600 * 32_000 });
    const outcome = await decodeApart(bytes, { sampleRate: 16_000 });
    expect(outcome).toMatchObject({ frames: 16_000, damage: { truncated: true } });
    expectCheap(outcome);
    expect((await errorOf(decode(bytes, { onDamage: 'error' }))).code).toBe('ERR_AUDIO_CORRUPT');
  });
});

describe('FLAC', () => {
  test('that is small and cut short ends, and says so', async () => {
    const whole = readFileSync(new URL('../fixtures/speech/speech.flac', import.meta.url));
    for (const part of [0.3, 0.5, 0.9]) {
      const outcome = await decodeApart(whole.subarray(0, Math.floor(whole.byteLength * part)), { sampleRate: 16_000 });
      expect(outcome.damage?.truncated).toBe(true);
      expect(outcome.frames).toBeGreaterThan(0);
      expectCheap(outcome);
    }
  });

  test('of rate 0', async () => {
    const outcome = await decodeApart(constantFlac(16_000, { sampleRate: 0 }), { sampleRate: 16_000 });
    expect(outcome.code).toMatch(/^ERR_AUDIO_(CORRUPT|LIMIT|UNSUPPORTED_CONTAINER|UNSUPPORTED_CODEC)$/);
    expectCheap(outcome);
  });

  test('of 1 Hz', async () => {
    const outcome = await decodeApart(constantFlac(65_535, { sampleRate: 1 }), { sampleRate: 16_000 });
    expect(outcome).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'sampleRate', actual: 1 });
    expectCheap(outcome);
  });

  test('that states no length decodes whole', async () => {
    const outcome = await decodeApart(constantFlac(100_000, { statedSamples: 0 }));
    expect(outcome).toMatchObject({ frames: 100_000, damage: { packets: 0, truncated: false } });
  });
});

// Without the ids and dates that it expects, a peer never came back from such a file.
describe('ten minutes of WebM, written with bitexact flags', () => {
  test.each([false, true])('live: %s', async (live) => {
    const bytes = silentWebm({ seconds: 600, live });
    expect(bytes.byteLength).toBeLessThan(300_000);
    const outcome = await decodeApart(bytes, { sampleRate: 16_000 });
    // Opus starts with 312 frames at 48 kHz that are not to be heard.
    expect(outcome).toMatchObject({
      frames: 600 * 16_000 - 312 / 3,
      peak: 0,
      damage: { packets: 0, truncated: false },
    });
    expect(outcome.milliseconds).toBeLessThan(2000 * slowness);
    expect(outcome.grownBytes).toBeLessThan(memorySlack * (600 * 16_000 * 4 + 64 * megabyte));
  });
});

test('what follows a valid header may be nothing', async () => {
  const error = await errorOf(decode(toneWav(1).subarray(0, 44)));
  expect(error.code).toBe('ERR_AUDIO_EMPTY');
});

test('what lacks a decoder is the stream that was asked for, not the first one', async () => {
  const bytes = silentWebm({ seconds: 1.2, others: ['A_ATRAC/AT1', 'A_REAL/COOK'] });
  expect((await decode(bytes)).source.codec).toBe('opus');
  for (const [stream, codec] of [
    [1, 'atrac1'],
    [2, 'cook'],
  ] as const) {
    const error = await errorOf(decode(bytes, { stream }));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_UNSUPPORTED_CODEC' });
    expect(error.message).toMatch(new RegExp(`^no decoder for stream ${stream} \\(${codec}\\) is`));
  }
});
