export type { ByteStream } from '../producers/producer.js';
export { decode, probe } from './decode.js';
export type { BatchOptions, BatchSource, BatchSources } from './decode_all.js';
export { AudioDecoder } from './decoder.js';
export { type DecodeLimits, defaultLimits } from './limits.js';
export type { AudioChunk } from './pieces/chunk.js';
export { type DecodeSplitOptions, type SplitOptions, split } from './pieces/split.js';
export { type AudioWindow, type DecodeWindowOptions, type WindowOptions, windows } from './pieces/windows.js';
export { AudioSource } from './source/audio_source.js';
export type { OpenAudioSource } from './source/open_source.js';
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
