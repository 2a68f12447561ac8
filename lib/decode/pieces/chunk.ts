import type { PlainFloat32Array } from '../../arrays.js';
import type { Tensor } from '../../tensors/tensor.js';
import { withFacts } from './facts.js';

/**
 * A contiguous piece of decoded audio: float32, `[frames]` for one channel, `[channels, frames]` otherwise, nominal
 * range ±1. `JSON.stringify` gives the facts, without the samples. The pieces of one stream follow each other without
 * gap or overlap. The last one may be shorter.
 */
export interface AudioChunk extends Tensor<PlainFloat32Array> {
  /** Always `float32`. */
  readonly dtype: 'float32';
  /** Hz. */
  readonly sampleRate: number;
  /** Number of channels. */
  readonly channels: number;
  /** Samples per channel. */
  readonly frames: number;
  /** Position of the first frame in the whole audio. */
  readonly startFrame: number;
  /** `startFrame / sampleRate`, in seconds. */
  readonly start: number;
}

/** The format of all chunks of one stream. */
export interface ChunkFormat {
  /** Hz. */
  readonly sampleRate: number;
  /** Number of channels. */
  readonly channels: number;
}

/** `[frames]` for one channel, `[channels, frames]` otherwise. */
export function shapeOf(frames: number, channels: number): readonly number[] {
  return channels === 1 ? [frames] : [channels, frames];
}

/** A chunk of planar samples. */
export function audioChunk(
  data: PlainFloat32Array,
  { sampleRate, channels }: ChunkFormat,
  startFrame: number,
): AudioChunk {
  const frames = data.length / channels;
  return withFacts({
    data,
    shape: shapeOf(frames, channels),
    dtype: 'float32',
    sampleRate,
    channels,
    frames,
    startFrame,
    start: startFrame / sampleRate,
  });
}

/** The frame nearest to a time, halves upwards. All times that callers pass become frames in this way. */
export function frameAt(seconds: number, sampleRate: number): number {
  return Math.floor(seconds * sampleRate + 0.5);
}
