/** Samples to encode: what `decode` returns, or any planar float32 array with its sample rate. */
export interface AudioSamples {
  /**
   * Planar float32: one channel after the other, full scale ±1. Read in place, not copied: leave it
   * unchanged, and do not transfer its buffer, until the call settles. Views of a `SharedArrayBuffer` or of a
   * resizable buffer are copied first.
   */
  readonly data: Float32Array;
  /** `[frames]` for one channel, or `[channels, frames]`. Default: what `channels` makes of `data`. */
  readonly shape?: readonly number[] | undefined;
  /** Hz, whole, from 1000 to 768000. */
  readonly sampleRate: number;
  /** From 1 to 64, FLAC at most 8. Default: those of `shape`, else 1. */
  readonly channels?: number | undefined;
}

/** The formats of files that `encode` writes. */
export type EncodeFormat = 'wav' | 'flac';

/** What a stream of samples becomes. */
export interface EncodeStreamOptions {
  /** Format of the file. */
  readonly format: EncodeFormat;
  /**
   * Bits per sample. WAV: 16, 24, or 32 (default), which is float and keeps every sample as it is. FLAC: 16
   * (default) or 24.
   *
   * A sample x becomes the integer nearest to x · 2^(bits − 1), halves to the even one, without dither. What does
   * not fit becomes the nearest that does: everything beyond ±1, and +1.0 itself, by one step.
   */
  readonly bitDepth?: 16 | 24 | 32 | undefined;
  /** Called once, when all is encoded, with the number of samples that did not fit; not when there is none. */
  readonly onClipped?: ((samples: number) => void) | undefined;
  /** Aborts the call: it rejects with an `AbortError` whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What samples become. */
export interface EncodeOptions extends EncodeStreamOptions {
  /** Milliseconds from the call to its end, waiting included. Default: none. */
  readonly timeout?: number | undefined;
}
