import type { FeatureSpec } from '../features/index.js';

/**
 * Lengths at each stage of a tower: samples, frames of features, positions after the convolutions, tokens after the
 * pooling. Divisions round down, as in Python, so no frames give no tokens. C++ and ONNX round towards zero, and would
 * give one.
 */

/** Frames of features that hold audio: the sum of transformers' `attention_mask`. */
export function framesOf(samples: number, { hopLength, chunkLength }: FeatureSpec): number {
  return Math.min(Math.ceil(samples / hopLength), framesOfChunk({ hopLength, chunkLength }));
}

/** Frames of a clip of full length. */
export function framesOfChunk({ hopLength, chunkLength }: Pick<FeatureSpec, 'hopLength' | 'chunkLength'>): number {
  return Math.floor(chunkLength / hopLength);
}

/** Positions after Whisper's two convolutions. The second has a stride of two frames. */
export function positionsOf(frames: number): number {
  return Math.floor((frames - 1) / 2) + 1;
}

/** Tokens after the pooling of Qwen2-Audio, which averages pairs of positions and drops an odd last one. */
export function pooledTokensOf(frames: number): number {
  return Math.floor((positionsOf(frames) - 2) / 2) + 1;
}

/** A mask of shape `[lengths.length, width]`, whose row i has `lengths[i]` ones and then zeros. */
export function maskOf(lengths: readonly number[], width: number): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(lengths.length * width);
  for (const [row, length] of lengths.entries()) mask.fill(1, row * width, row * width + length);
  return mask;
}
