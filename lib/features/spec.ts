/**
 * The parameters of a front end. Every provider derives its tables from them, so the native code and the graphs compute
 * the same.
 *
 * The signal is padded by reflection with `nFft / 2` samples at each end. It is cut into frames of `nFft` samples every
 * `hopLength` samples; the last frame is dropped. Each frame is multiplied by the window and transformed. The squared
 * magnitudes go through the mel filters. Each sum x becomes `(max(log10(max(x, floor)), m - range) + offset) / scale`,
 * where m is the greatest logarithm of the clip.
 */
export interface FeatureSpec {
  /** Hz. */
  readonly sampleRate: number;
  /** Samples of a frame, and of its periodic Hann window. */
  readonly nFft: number;
  /** Samples from one frame to the next. */
  readonly hopLength: number;
  /** Mel bins. */
  readonly mels: number;
  /** Hz, of the lowest filter's outer edge. */
  readonly minFrequency: number;
  /** Hz, of the highest filter's outer edge. */
  readonly maxFrequency: number;
  /** Least energy whose logarithm is taken. */
  readonly floor: number;
  /** Decades below the greatest logarithm that are kept. */
  readonly range: number;
  /** Added to each logarithm, before the division by `scale`. */
  readonly offset: number;
  /** Divisor of each value at the end. */
  readonly scale: number;
  /** Samples of the longest clip. Shorter clips are padded with zeros to this length. */
  readonly chunkLength: number;
}

/** The front end of Whisper: 80 mel bins up to large-v2, 128 from large-v3 on and in Qwen2-Audio. */
export function whisperSpec(mels: 80 | 128): FeatureSpec {
  return {
    sampleRate: 16_000,
    nFft: 400,
    hopLength: 160,
    mels,
    minFrequency: 0,
    maxFrequency: 8000,
    floor: 1e-10,
    range: 8,
    offset: 4,
    scale: 4,
    chunkLength: 480_000,
  };
}
