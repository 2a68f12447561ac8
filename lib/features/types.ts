import type { PlainFloat32Array, PlainInt32Array } from '../arrays.js';
import type { Provider } from '../onnx/index.js';
import type { Tensor } from '../tensors/tensor.js';

/**
 * What computes features: Cochlea's own code (`native`), or a graph that ONNX Runtime runs on a GPU (`cuda`,
 * `webgpu`) or the processor (`cpu`).
 */
export type FeatureProvider = 'native' | Provider;

/** What is fixed where an extractor is made. */
export interface FeatureExtractorOptions {
  /** Default: `native`. A provider that does not work here makes the first call reject: there is no fallback. */
  readonly provider?: FeatureProvider | undefined;
  /** Which GPU, of `cuda` alone. Default: 0. */
  readonly deviceId?: number | undefined;
}

export interface WhisperOptions extends FeatureExtractorOptions {
  /** 80 up to large-v2; 128 from large-v3 on, and for Qwen2-Audio. */
  readonly mels: 80 | 128;
}

/** How clips become one batch, in the words of transformers. */
export interface ExtractOptions {
  /**
   * How far clips are padded with zeros, before anything is computed. Default: `max_length`, the 30 s of Whisper, which
   * its models want. `longest`: as long as the longest clip. `none`: not at all, and clips must be equally long.
   */
  readonly padding?: 'max_length' | 'longest' | 'none' | undefined;
  /**
   * What happens to clips that are longer than 30 s. Default: `false`: with `max_length` the call rejects with
   * `ERR_AUDIO_LIMIT` (`split` or `windows` cut long audio); with the other paddings they are computed whole. `true`:
   * they are cut, and `truncated` says by how much.
   */
  readonly truncation?: boolean | undefined;
  /** Samples, at most 30 s: clips are padded (and cut) to a multiple of it. Default: 1. */
  readonly padToMultipleOf?: number | undefined;
  /** Gives the samples of each clip zero mean and unit variance first. Default: `false`, as for all Whisper models. */
  readonly doNormalize?: boolean | undefined;
  /** Aborts the call: it rejects with an `AbortError` whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Features of a batch of B clips, named as in transformers. All buffers can be transferred. */
export interface AudioFeatures {
  /** `[B, mels, frames]`, float32: 3000 frames for 30 s. */
  readonly inputFeatures: Tensor<PlainFloat32Array>;
  /** `[B, frames]`, int32: 1 for frames whose place has a sample of the clip in it, 0 for padding. */
  readonly featureAttentionMask: Tensor<PlainInt32Array>;
  /**
   * Of each clip, the frames with a 1: `ceil(samples / 160)`, or one less where padding `longest` or `none` leaves a
   * clip to end amid a hop.
   */
  readonly frames: readonly number[];
  /** Of each clip, the samples that `truncation` cut off. */
  readonly truncated: readonly number[];
}
