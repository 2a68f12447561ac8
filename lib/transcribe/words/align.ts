import type { SplitWord } from '../tokenizer/split.js';
import type { AlignedWord } from './types.js';

/** Timestamps, and frames of the encoder, per second. */
const framesPerSecond = 50;

export interface Alignment {
  /** That of `pathThrough`: one more than there are tokens of text. */
  readonly path: ArrayLike<number>;
  /** The tokens of all segments of the window, without timestamps. */
  readonly textTokens: readonly number[];
  /** The probability of each, among the tokens of text. */
  readonly probabilities: ArrayLike<number>;
  readonly language?: string | undefined;
}

/** What this needs of a tokenizer. */
export interface WordTokens {
  readonly endOfText: number;
  splitToWords(ids: readonly number[], language?: string): SplitWord[];
}

/**
 * When each word of a window was said: where the path through the attention enters its first token, and the first
 * token of the next word (openai/whisper, timing.py, `find_alignment`).
 */
export function alignWords(alignment: Alignment, tokenizer: WordTokens): AlignedWord[] {
  const { path, textTokens, probabilities, language } = alignment;
  if (textTokens.length === 0) return [];
  const words: AlignedWord[] = [];
  let at = 0;
  for (const { word, tokens } of tokenizer.splitToWords([...textTokens, tokenizer.endOfText], language)) {
    const next = at + tokens.length;
    // The last one is `<|endoftext|>`, together with the bytes of a character that was cut.
    if (next > textTokens.length) break;
    let probability = 0;
    for (let i = at; i < next; i++) probability += (probabilities[i] as number) / tokens.length;
    const [start, end] = [path[at] as number, path[next] as number];
    words.push({ word, tokens, start: start / framesPerSecond, end: end / framesPerSecond, probability });
    at = next;
  }
  return words;
}
