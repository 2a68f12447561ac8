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
