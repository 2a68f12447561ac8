/**
 * What a front end computes, as data: every provider derives its tables from one of these, so that the native code
 * and the graphs cannot differ in what they mean.
 *
 * The signal is padded by reflection with `nFft / 2` samples at each end, cut into frames of `nFft` samples every
 * `hopLength`, of which the last is dropped, multiplied by the window, and transformed; the squared magnitudes go
 * through the mel filters, and each sum x becomes `(max(log10(max(x, floor)), m - range) + offset) / scale`, with m
 * the greatest logarithm of the clip.
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
  /** Decades below the greatest that are kept. */
  readonly range: number;
  /** Added to each logarithm, before the division by `scale`. */
  readonly offset: number;
  /** What each value is divided by at the end. */
  readonly scale: number;
  /** Samples of the longest clip, to which shorter ones are padded with zeros. */
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
