import type { Tensor } from '../tensor.js';

/**
 * A contiguous piece of decoded audio: float32, `[frames]` for one channel, `[channels, frames]` otherwise,
 * nominal range ±1. Pieces of one stream follow each other without gap or overlap; the last may be shorter.
 */
export interface AudioChunk extends Tensor<Float32Array<ArrayBuffer>> {
  readonly dtype: 'float32';
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples per channel. */
  readonly frames: number;
  /** Which frame of the whole audio the first one is. */
  readonly startFrame: number;
  /** `startFrame / sampleRate`, in seconds. */
  readonly start: number;
}
