import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AudioDecoder, CochleaError, type DecodedAudio } from '../../dist/index.js';
import { slowness } from './outcome.js';

/** Every fixture, cut at 50 points: samples or an error, soon, and never a sample that is no number. */

const folder = new URL('../fixtures/formats/', import.meta.url);
const files = readdirSync(folder).sort();
const cuts = 50;
const decoder = new AudioDecoder({ sampleRate: 16_000, limits: { seconds: 120 }, timeout: 2000 * slowness });

async function outcome(bytes: Uint8Array): Promise<DecodedAudio | CochleaError> {
  try {
    return await decoder.decode(bytes);
  } catch (error) {
    if (error instanceof CochleaError) return error;
    throw error;
  }
}

test('there are fixtures', () => expect(files.length).toBeGreaterThan(50));

describe('cut short', () => {
  test.each(files)('%s', async (file) => {
    const whole = readFileSync(new URL(file, folder));
    const pieces = Array.from({ length: cuts }, (_, i) => whole.subarray(0, Math.floor((whole.byteLength * i) / cuts)));
    const outcomes = await Promise.all(pieces.map(outcome));
    for (const [i, result] of outcomes.entries()) {
      const where = `${file}, first ${pieces[i]?.byteLength} bytes`;
      if (result instanceof CochleaError) {
        expect(result.code, where).not.toMatch(/INTERNAL|LIMIT|SOURCE/);
        expect(result.fault, where).toBe('client');
      } else {
        expect(result.frames, where).toBeGreaterThan(0);
        expect(result.data.every(Number.isFinite), where).toBe(true);
      }
    }
    expect((outcomes[0] as CochleaError).code).toBe('ERR_AUDIO_EMPTY');
  });
});

test('a range of which damage leaves nothing is an error, not empty audio', async () => {
  const bytes = new Uint8Array(readFileSync(new URL('flac-unknown-length.flac', folder)));
  // In the header of a frame before the range: found by counting, it must be decoded from the start, where it ends.
  bytes[113] = 150;
  await expect(decoder.decode(bytes, { start: 2.5, end: 3.5 })).rejects.toMatchObject({ code: 'ERR_AUDIO_RANGE' });
});
