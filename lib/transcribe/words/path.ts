import { type Attention, alignmentCosts } from './attention.js';
import { warp } from './warp.js';

/** What the attention belongs to. */
export interface PathOptions {
  /** How long the start sequence is: 3 tokens of a multilingual model, 1 of an English one. */
  readonly startLength: number;
  /** How many of the window's frames of 10 ms hold audio. */
  readonly segmentFrames: number;
}

/**
 * The path of the text through the audio: for each token of the text, and the one behind it, the frame of 20 ms at which
 * it begins (openai/whisper, timing.py, `find_alignment`). It takes some 100 ms for a full window, on the calling
 * thread.
 *
 * @param attention Of the start sequence, `<|notimestamps|>`, the text and `<|endoftext|>`.
 */
export function pathThrough(attention: Attention, { startLength, segmentFrames }: PathOptions): Int32Array {
  // Row i says what the next token, i + 1, attends to: so the path begins with `<|notimestamps|>`.
  const rows = attention.tokens - startLength - 1;
  const used = Math.min(attention.frames, segmentFrames >> 1);
  return warp(alignmentCosts(attention, startLength, startLength + rows, used), rows, used);
}
