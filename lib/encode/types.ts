/** The formats of files that `encode` writes. `opus` is Opus in Ogg; `aac` is AAC-LC in ADTS. */
export type EncodeFormat = 'wav' | 'flac' | 'mp3' | 'opus' | 'aac';

/** Format of an encoded stream. */
export interface EncodeStreamOptions {
  /** Format of the file. */
  readonly format: EncodeFormat;
  /**
   * WAV and FLAC: bits per sample. WAV: 16, 24, or 32 (default), which is float and keeps every sample unchanged. FLAC: 16 (default)
   * or 24.
   *
   * A sample x becomes the integer nearest to x · 2^(bits − 1); halves go to the even integer. There is no dither.
   * Samples out of range are clipped to the nearest value: all beyond ±1, and +1.0 itself by one step.
   */
  readonly bitDepth?: 16 | 24 | 32 | undefined;
  /**
   * MP3, Opus, AAC: bits per second. Defaults: MP3 and AAC 64,000 per channel, Opus 48,000 per channel. MP3 takes 8,000
   * to 320,000, Opus 6,000 to 510,000, AAC 8,000 to 512,000. Where the format has less or more choice at the sample rate
   * and the number of channels, the nearest it has is taken. Opus and AAC vary around it.
   */
  readonly bitRate?: number | undefined;
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
