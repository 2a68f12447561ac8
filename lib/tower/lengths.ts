import type { FeatureSpec } from '../features/index.js';

/**
 * How long things are on their way through a tower: samples, frames of features, positions behind the convolutions,
 * tokens behind the pooling. Divisions round down, as Python's do: for no frames at all there are no tokens, where C++
 * and ONNX, which round towards zero, find one.
 */

/** Frames of features that hold audio: the sum of transformers' `attention_mask`. */
export function framesOf(samples: number, { hopLength, chunkLength }: FeatureSpec): number {
  return Math.min(Math.ceil(samples / hopLength), framesOfChunk({ hopLength, chunkLength }));
}

/** Frames of a clip of full length. */
export function framesOfChunk({ hopLength, chunkLength }: Pick<FeatureSpec, 'hopLength' | 'chunkLength'>): number {
  return Math.floor(chunkLength / hopLength);
}

/** Positions behind Whisper's two convolutions, of which the second moves by two frames. */
export function positionsOf(frames: number): number {
  return Math.floor((frames - 1) / 2) + 1;
}

/** Tokens behind the pooling of Qwen2-Audio, which takes the mean of two positions and drops an odd one. */
export function pooledTokensOf(frames: number): number {
  return Math.floor((positionsOf(frames) - 2) / 2) + 1;
}

/** Which of `width` places of each clip are among its first `lengths[i]`: shape `[lengths.length, width]`, row by row. */
export function maskOf(lengths: readonly number[], width: number): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(lengths.length * width);
  for (const [row, length] of lengths.entries()) mask.fill(1, row * width, row * width + length);
  return mask;
}
