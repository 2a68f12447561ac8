/** The formats of files that `encode` writes. */
export type EncodeFormat = 'wav' | 'flac';

/** Format of an encoded stream. */
export interface EncodeStreamOptions {
  /** Format of the file. */
  readonly format: EncodeFormat;
  /**
   * Bits per sample. WAV: 16, 24, or 32 (default), which is float and keeps every sample unchanged. FLAC: 16 (default)
   * or 24.
   *
   * A sample x becomes the integer nearest to x · 2^(bits − 1); halves go to the even integer. There is no dither.
   * Samples out of range are clipped to the nearest value: all beyond ±1, and +1.0 itself by one step.
   */
  readonly bitDepth?: 16 | 24 | 32 | undefined;
  /** Called once at the end with the number of clipped samples. Not called if nothing was clipped. */
  readonly onClipped?: ((samples: number) => void) | undefined;
  /** Aborts the call: it rejects with an `AbortError` whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Format of an encoded file, and how long encoding may take. */
export interface EncodeOptions extends EncodeStreamOptions {
  /** Milliseconds from the call to its end, including waiting. Default: none. */
  readonly timeout?: number | undefined;
}
