import { describe, expect, test } from 'vitest';
import { alignWords } from '../../dist/transcribe/words/align.js';
import type { Attention } from '../../dist/transcribe/words/attention.js';
import { medianFilter } from '../../dist/transcribe/words/median.js';
import { pathThrough } from '../../dist/transcribe/words/path.js';
import { warp } from '../../dist/transcribe/words/warp.js';
import { slowness } from '../safe/outcome.js';
import { floats, golden, noise, tokenizer } from './fixtures.js';

interface Goldens {
  readonly alignments: readonly {
    readonly language: string;
    readonly startLength: number;
    readonly textTokens: number[];
    readonly probabilities: number[];
    readonly frames: number;
    readonly segmentFrames: number;
    readonly weights: string;
    readonly words: [word: string, tokens: number[], start: number, end: number, probability: number][];
  }[];
  readonly paths: readonly { readonly rows: number; readonly columns: number; readonly starts: number[] }[];
  readonly filters: readonly { readonly count: number; readonly medians: number[] }[];
}

const { alignments, paths, filters } = golden<Goldens>('words.json');

function attentionOf({ weights, frames }: Goldens['alignments'][number]) {
  const values = floats(weights);
  return { weights: values, heads: 2, frames, tokens: values.length / 2 / frames };
}

interface Aligned {
  readonly attention: Attention;
  readonly startLength: number;
  readonly segmentFrames: number;
  readonly textTokens: readonly number[];
  readonly probabilities: readonly number[];
  readonly language?: string;
}

function aligned(given: Aligned) {
  return alignWords({ ...given, path: pathThrough(given.attention, given) }, tokenizer);
}

test.each(alignments.map((each) => [tokenizer.decode(each.textTokens), each] as const))(
  'the words of %j begin and end as for openai-whisper',
  (_, alignment) => {
    const words = aligned({ ...alignment, attention: attentionOf(alignment) });
    expect(words.map(({ word, tokens, start, end }) => [word, tokens, start, end])).toEqual(
      alignment.words.map((word) => word.slice(0, 4)),
    );
    for (const [i, { probability }] of words.entries())
      expect(probability).toBeCloseTo(alignment.words[i]?.[4] ?? -1, 6);
  },
);

test('there are no words without text', () => {
  const attention = { weights: new Float32Array(12), heads: 1, tokens: 3, frames: 4 };
  const none = { attention, startLength: 1, textTokens: [], probabilities: [], segmentFrames: 8 };
  expect(aligned(none)).toEqual([]);
});

test.each([
  ['none', 0],
  ['NaN', Number.NaN],
  ['the same', 1 / 40],
])('words have times whose attention is %s', (_, weight) => {
  const textTokens = tokenizer.encode(' the dog sleeps');
  const tokens = textTokens.length + 3;
  const attention = { weights: new Float32Array(tokens * 40).fill(weight), heads: 1, tokens, frames: 40 };
  const probabilities = textTokens.map(() => 0.5);
  const words = aligned({ attention, startLength: 1, textTokens, probabilities, segmentFrames: 80 });
  expect(words.map(({ word }) => word).join('')).toBe(' the dog sleeps');
  for (const { start, end } of words) {
    expect(start).toBeGreaterThanOrEqual(0);
    expect(end).toBeGreaterThanOrEqual(start);
    expect(end).toBeLessThan(0.8);
  }
});

test('words of a window without a frame begin at 0', () => {
  const textTokens = tokenizer.encode(' dog');
  const tokens = textTokens.length + 3;
  const attention = { weights: new Float32Array(tokens * 4).fill(0.25), heads: 1, tokens, frames: 4 };
  const words = aligned({ attention, startLength: 1, textTokens, probabilities: [1], segmentFrames: 1 });
  expect(words).toMatchObject([{ word: ' dog', start: 0, end: 0 }]);
});

describe('the path through noise is that of openai-whisper', () => {
  test.each(paths)('$rows × $columns', ({ rows, columns, starts }) => {
    expect([...warp(noise(rows * columns), rows, columns)]).toEqual(starts);
  });
});

test.each(filters)('medians of 7 of $count values', ({ count, medians }) => {
  const padded = new Float32Array(count + 6);
  padded.set(noise(count), 3);
  const result = new Float32Array(count);
  medianFilter(padded, result);
  expect([...result]).toEqual(medians);
});

test('the longest window is aligned in little time', () => {
  const [heads, tokens, frames] = [8, 448, 1500];
  const attention = { weights: noise(heads * tokens * frames), heads, tokens, frames };
  const start = performance.now();
  expect(pathThrough(attention, { startLength: 1, segmentFrames: 3000 })).toHaveLength(446);
  expect(performance.now() - start).toBeLessThan(500 * slowness);
});
