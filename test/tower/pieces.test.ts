import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { whisperSpec } from '../../dist/features/index.js';
import { split } from '../../dist/index.js';
import { architectureNames, architectures, towerSpec } from '../../dist/tower/architecture.js';
import { type Piece, piecesOf } from '../../dist/tower/pieces.js';
import { noise } from './reference.js';

const chunk = 480_000;
/** Longer than a clip; so short that many can be tried. */
const samplesLong = fc.integer({ min: chunk + 1, max: 5 * chunk });
const memory = noise(5 * chunk, 7).data;

function samplesOf({ input }: Piece): Float32Array {
  if ('features' in input) throw new Error('features, not samples');
  return input.samples;
}

/** Where a piece lies in the audio that it is a view of. */
function placeOf(piece: Piece, audio: Float32Array): [start: number, end: number] {
  const samples = samplesOf(piece);
  expect(samples.buffer).toBe(audio.buffer);
  const start = (samples.byteOffset - audio.byteOffset) / 4;
  return [start, start + samples.length];
}

describe.each(architectureNames)('pieces for %s', (architecture) => {
  const spec = towerSpec(architecture, whisperSpec(128), 16);
  const { audioTokens } = architectures[architecture];

  test('windows give every moment once, and as many tokens as the timeline has', () => {
    const overlap = fc.integer({ min: 0, max: spec.tokens - 1 });
    fc.assert(
      fc.property(samplesLong, overlap, (length, shared) => {
        const audio = memory.subarray(0, length);
        const step = spec.samplesPerToken;
        const pieces = piecesOf(audio, { long: 'windows', overlap: shared * step }, spec);
        let next = 0;
        for (const [i, piece] of pieces.entries()) {
          const [start, end] = placeOf(piece, audio);
          expect(start).toBe(piece.start);
          expect(start).toBe(i * (chunk - shared * step));
          expect(end).toBe(Math.min(start + chunk, length));
          expect(piece.frames).toBe(Math.ceil((end - start) / 160));
          // The first token that it gives is the one after the last of the piece before.
          expect(start / step + piece.skipped).toBe(next);
          expect(piece.tokens).toBeGreaterThan(0);
          expect(piece.skipped + piece.tokens).toBeLessThanOrEqual(audioTokens(piece.frames));
          next += piece.tokens;
        }
        expect(next).toBe(audioTokens(Math.ceil(length / 160)));
      }),
      { numRuns: 200 },
    );
  });

  test('a shared token comes from the window in which it is further from the edge', () => {
    const shared = 125;
    const pieces = piecesOf(memory, { long: 'windows', overlap: shared * spec.samplesPerToken }, spec);
    expect(pieces.length).toBeGreaterThan(4);
    for (const [i, { skipped, tokens }] of pieces.entries()) {
      const last = i === pieces.length - 1;
      expect(skipped).toBe(i === 0 ? 0 : 62);
      if (!last) expect(spec.tokens - skipped - tokens).toBe(63);
    }
  });

  test('a tail without a token of its own is left out where windows share nothing', () => {
    for (const tail of [1, 160, 161, 320]) {
      const pieces = piecesOf(memory.subarray(0, chunk + tail), { long: 'windows', overlap: 0 }, spec);
      expect(pieces.map(({ tokens }) => tokens)).toEqual(architecture === 'qwen2-audio' ? [750] : [1500, 1]);
    }
    const pieces = piecesOf(memory.subarray(0, chunk + 321), { long: 'windows', overlap: 0 }, spec);
    expect(pieces.map(({ tokens }) => tokens)).toEqual(architecture === 'qwen2-audio' ? [750, 1] : [1500, 2]);
  });

  test('split follows the cuts of `split`, sample by sample', () => {
    fc.assert(
      fc.property(samplesLong, (length) => {
        const audio = memory.subarray(0, length);
        const pieces = piecesOf(audio, { long: 'split' }, spec);
        let next = 0;
        for (const piece of pieces) {
          const [start, end] = placeOf(piece, audio);
          expect([start, piece.start]).toEqual([next, next]);
          expect(end - start).toBeLessThanOrEqual(chunk);
          expect((end - start) * pieces.length).toBeGreaterThanOrEqual(length / 2);
          expect(piece).toMatchObject({ skipped: 0, tokens: audioTokens(Math.ceil((end - start) / 160)) });
          next = end;
        }
        expect(next).toBe(length);
        const whole = {
          data: audio as Float32Array<ArrayBuffer>,
          shape: [length],
          dtype: 'float32',
          sampleRate: 16_000,
          channels: 1,
          frames: length,
          startFrame: 0,
          start: 0,
        } as const;
        expect(pieces.map(({ start }) => start)).toEqual([...split(whole)].map(({ startFrame }) => startFrame));
      }),
      { numRuns: 50 },
    );
  });

  test('audio that fits is one piece, whatever is said of longer', () => {
    for (const length of [1, 16_000, chunk]) {
      for (const long of [{ long: 'error' }, { long: 'split' }, { long: 'windows', overlap: 80_000 }] as const) {
        const [piece, ...others] = piecesOf(memory.subarray(0, length), long, spec);
        expect(others).toEqual([]);
        const tokens = architecture === 'qwen2-audio' ? audioTokens(Math.ceil(length / 160)) : 1500;
        expect(piece).toMatchObject({ start: 0, skipped: 0, tokens });
      }
    }
  });
});
