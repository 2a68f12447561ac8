export type { BatchOptions, BatchSource, BatchSources } from './batch.js';
export type { AudioChunk } from './chunk.js';
export { decode, probe } from './decode.js';
export { AudioDecoder } from './decoder.js';
export { type DecodeLimits, defaultLimits } from './limits.js';
export { type SplitOptions, split } from './split.js';
export type {
  AudioDecoderOptions,
  AudioSource,
  DecodedAudio,
  DecodeOptions,
  Downmix,
  RawCodec,
  RawFormat,
  ResampleQuality,
} from './types.js';
export { type AudioWindow, type WindowOptions, windows } from './windows.js';
