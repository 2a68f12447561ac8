export type { ByteStream } from '../producer.js';
export { AudioSource } from './audio_source.js';
export type { BatchOptions, BatchSource, BatchSources } from './batch.js';
export type { AudioChunk } from './chunk.js';
export { decode, probe } from './decode.js';
export { AudioDecoder } from './decoder.js';
export { type DecodeLimits, defaultLimits } from './limits.js';
export type { OpenAudioSource } from './open_source.js';
export { type DecodeSplitOptions, type SplitOptions, split } from './split.js';
export { AudioStream } from './stream.js';
export type {
  AudioDecoderOptions,
  DecodedAudio,
  DecodeOptions,
  Downmix,
  RawCodec,
  RawFormat,
  ResampleQuality,
  StreamOptions,
} from './types.js';
export { type AudioWindow, type DecodeWindowOptions, type WindowOptions, windows } from './windows.js';
