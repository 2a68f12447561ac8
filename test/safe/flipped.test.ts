import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CochleaError, CorruptAudioError, decode } from '../../dist/index.js';
import { errorOf } from './outcome.js';

/**
 * Every page of an Ogg file has a checksum. FFmpeg drops a page that fails it and says so in its log
 * alone: what came out had a hole, and others return such samples without a word.
 */

const whole = readFileSync(new URL('../fixtures/speech/speech.ogg', import.meta.url));

function flipped(offset: number, mask: number): Uint8Array {
  const bytes = new Uint8Array(whole);
  bytes[offset] = (bytes[offset] ?? 0) ^ mask;
  return bytes;
}

/** Offsets and masks from a linear congruential generator: the same in each run. */
function* flips(count: number): Generator<[offset: number, mask: number]> {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
  for (let i = 0; i < count; i++) yield [next() % whole.byteLength, 1 << (next() % 8)];
}

test('any flipped bit of an Ogg file is an error or a reported damage', async () => {
  const clean = await decode(whole);
  expect(clean.damage).toEqual({ packets: 0, nonFinite: 0, truncated: false, messages: [] });
  let reported = 0;
  for (const [offset, mask] of flips(300)) {
    const where = `bit ${mask} of byte ${offset}`;
    try {
      const audio = await decode(flipped(offset, mask));
      expect(audio.damage.packets, where).toBeGreaterThan(0);
      expect(audio.frames, where).toBeLessThanOrEqual(clean.frames);
      reported++;
    } catch (error) {
      if (!(error instanceof CochleaError)) throw error;
      expect(error.code, where).toMatch(
        /^ERR_AUDIO_(CORRUPT|UNSUPPORTED_CONTAINER|UNSUPPORTED_CODEC|NO_STREAM|EMPTY)$/,
      );
    }
  }
  // Pages of one second: most flips leave the others.
  expect(reported).toBeGreaterThan(100);
});

test("with onDamage: 'error' it is an error, and says what the container said", async () => {
  const error = await errorOf(decode(flipped(whole.byteLength - 100, 1), { onDamage: 'error' }));
  expect(error).toBeInstanceOf(CorruptAudioError);
  expect(error.message).toMatch(/CRC mismatch/);
});
