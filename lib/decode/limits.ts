/**
 * Limits on the resources of one request. They are set when a decoder is made, and no request can raise them.
 * `Infinity` lifts a limit.
 */
export interface DecodeLimits {
  /** Largest source, in bytes. Default: 512 MiB. */
  readonly inputBytes: number;
  /** Longest decoded audio, in seconds at the source's rate. Default: 14400 (four hours). */
  readonly seconds: number;
  /** Largest result, in bytes of float32. Default: 2 GiB. */
  readonly decodedBytes: number;
  /** Most channels of a source. Default: 64. */
  readonly channels: number;
  /** Most audio streams of a source. Default: 64. Video, subtitles and pictures do not count. */
  readonly streams: number;
  /** Lowest and highest sample rate of a source, in Hz. Default: 1000 to 768000. */
  readonly sampleRate: readonly [min: number, max: number];
}

/** The limits of `decode` and `probe`, and the default limits of every decoder. Frozen. */
export const defaultLimits: DecodeLimits = Object.freeze({
  inputBytes: 512 * 1024 ** 2,
  seconds: 4 * 3600,
  decodedBytes: 2 * 1024 ** 3,
  channels: 64,
  streams: 64,
  sampleRate: Object.freeze([1000, 768_000] as const),
});
