import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { whisperSpec } from '../../dist/features/index.js';
import { architectures } from '../../dist/tower/architecture.js';
import { framesOf, framesOfChunk, maskOf, pooledTokensOf, positionsOf } from '../../dist/tower/lengths.js';

/**
 * tools/export/make_feature_goldens.py makes it of what transformers says: from `samples` on, up to those of the next
 * row, a clip has so many frames, positions and tokens.
 */
interface Golden {
  readonly end: number;
  readonly rows: readonly (readonly [samples: number, frames: number, positions: number, tokens: number])[];
}

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/features/lengths.json', import.meta.url), 'utf8'),
) as Golden;
const spec = whisperSpec(128);

describe('lengths', () => {
  test('are those of transformers for every clip from no sample to one too many', () => {
    const wrong: number[] = [];
    for (const [i, [from, frames, positions, tokens]] of golden.rows.entries()) {
      const to = golden.rows[i + 1]?.[0] ?? golden.end;
      for (let samples = from; samples < to; samples++) {
        const ours = framesOf(samples, spec);
        const { audioTokens } = architectures['qwen2-audio'];
        if (ours !== frames || positionsOf(ours) !== positions || audioTokens(ours) !== tokens) wrong.push(samples);
      }
    }
    expect(golden.rows[0]?.[0]).toBe(0);
    expect(golden.end).toBe(480_002);
    expect(wrong).toEqual([]);
  });

  test('are as published for some durations', () => {
    const tokens = (seconds: number): number => pooledTokensOf(framesOf(Math.round(seconds * 16_000), spec));
    expect([0, 0.02, 0.03, 1, 5, 10, 12.345, 29.99, 30].map(tokens)).toEqual([0, 0, 1, 25, 125, 250, 309, 750, 750]);
  });

  test('of a full clip are a whole number of tokens', () => {
    for (const { framesPerToken, audioTokens } of Object.values(architectures)) {
      expect(audioTokens(framesOfChunk(spec))).toBe(framesOfChunk(spec) / framesPerToken);
    }
  });

  test('a mask marks the first places of each clip, and no others', () => {
    const lengths = fc.array(fc.nat(20), { maxLength: 6 });
    fc.assert(
      fc.property(lengths, (each) => {
        const rows = each.map((length) => Array.from({ length: 20 }, (_, i) => Number(i < length)));
        expect(Array.from(maskOf(each, 20))).toEqual(rows.flat());
      }),
    );
  });
});
