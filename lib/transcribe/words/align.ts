import type { SplitWord } from '../tokenizer/split.js';
import { type Attention, alignmentCosts } from './attention.js';
import type { AlignedWord } from './types.js';
import { warp } from './warp.js';

/** Timestamps, and frames of the encoder, per second. */
const framesPerSecond = 50;

export interface Alignment {
  /** Its tokens are the start sequence, `<|notimestamps|>`, the text and `<|endoftext|>`. Its weights are changed. */
  readonly attention: Attention;
  /** How long the start sequence is: 3 tokens of a multilingual model, 1 of an English one. */
  readonly startLength: number;
  /** The tokens of all segments of the window, without timestamps. */
  readonly textTokens: readonly number[];
  /** The probability of each, among the tokens of text. */
  readonly probabilities: ArrayLike<number>;
  /** How many of the window's frames of 10 ms hold audio. */
  readonly segmentFrames: number;
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
export async function alignWords(alignment: Alignment, tokenizer: WordTokens): Promise<AlignedWord[]> {
  const { attention, startLength, textTokens, probabilities, segmentFrames, language } = alignment;
  if (textTokens.length === 0) return [];
  // Row i says what the next token, i + 1, attends to: so the path begins with `<|notimestamps|>`.
  const rows = textTokens.length + 1;
  const used = Math.min(attention.frames, segmentFrames >> 1);
  const costs = await alignmentCosts(attention, startLength, startLength + rows, used);
  const entered = warp(costs, rows, used);
  const words: AlignedWord[] = [];
  let at = 0;
  for (const { word, tokens } of tokenizer.splitToWords([...textTokens, tokenizer.endOfText], language)) {
    const next = at + tokens.length;
    // The last one is `<|endoftext|>`, together with the bytes of a character that was cut.
    if (next > textTokens.length) break;
    let probability = 0;
    for (let i = at; i < next; i++) probability += (probabilities[i] as number) / tokens.length;
    const [start, end] = [entered[at] as number, entered[next] as number];
    words.push({ word, tokens, start: start / framesPerSecond, end: end / framesPerSecond, probability });
    at = next;
  }
  return words;
}
