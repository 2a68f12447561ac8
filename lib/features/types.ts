import type { PlainFloat32Array, PlainInt32Array } from '../arrays.js';
import type { Provider } from '../onnx/index.js';
import type { Tensor } from '../tensors/tensor.js';

/**
 * Where features are computed: by Cochlea's own code (`native`), or by a graph that ONNX Runtime runs on a GPU (`cuda`,
 * `webgpu`) or the CPU (`cpu`).
 */
export type FeatureProvider = 'native' | Provider;

/** Options of an extractor. */
export interface FeatureExtractorOptions {
  /** Default: `native`. If a provider does not work here, the first call rejects: there is no fallback. */
  readonly provider?: FeatureProvider | undefined;
  /** Which GPU, for `cuda` only. Default: 0. */
  readonly deviceId?: number | undefined;
}

/** Options of `FeatureExtractor.whisper`. */
export interface WhisperOptions extends FeatureExtractorOptions {
  /** Mel bins: 80 up to large-v2; 128 from large-v3 on, and for Qwen2-Audio. */
  readonly mels: 80 | 128;
}

/** How clips become one batch. The options are named as in transformers. */
export interface ExtractOptions {
  /**
   * How far the samples of clips are padded with zeros. Default: `max_length`: to 30 s, as Whisper models need.
   * `longest`: to the length of the longest clip. `none`: no padding; all clips must be equally long.
   */
  readonly padding?: 'max_length' | 'longest' | 'none' | undefined;
  /**
   * How to handle clips that are longer than 30 s. Default: `false`: with `max_length` the call rejects with
   * `ERR_AUDIO_LIMIT` (`split` or `windows` cut long audio); with the other paddings they are computed whole. `true`:
   * they are cut to 30 s, and `truncated` holds the number of samples cut off.
   */
  readonly truncation?: boolean | undefined;
  /** Samples, at most 30 s. Clips are padded (and cut) to a multiple of this. Default: 1. */
  readonly padToMultipleOf?: number | undefined;
  /**
   * Whether the samples of each clip first get zero mean and unit variance. Default: `false`, as for all Whisper
   * models.
   */
  readonly doNormalize?: boolean | undefined;
  /** Aborts the call: it rejects with an `AbortError` whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Features of a batch of B clips, named as in transformers. All buffers can be transferred. */
export interface AudioFeatures {
  /** `[B, mels, frames]`, float32: 3000 frames for 30 s. */
  readonly inputFeatures: Tensor<PlainFloat32Array>;
  /** `[B, frames]`, int32: 1 for frames that hold audio, 0 for padding. */
  readonly featureAttentionMask: Tensor<PlainInt32Array>;
  /**
   * Number of frames of each clip that hold audio: `ceil(samples / 160)`, or one less if the clip ends within a hop
   * with padding `longest` or `none`.
   */
  readonly frames: readonly number[];
  /** Number of samples that `truncation` cut off each clip. */
  readonly truncated: readonly number[];
}
