export type { AudioChunk } from './chunk.js';
export { decode, probe } from './decode.js';
export { AudioDecoder } from './decoder.js';
export type { ByteStream } from './feed.js';
export { type DecodeLimits, defaultLimits } from './limits.js';
export { AudioStream } from './stream.js';
export type {
  AudioDecoderOptions,
  AudioSource,
  DecodedAudio,
  DecodeOptions,
  Downmix,
  RawCodec,
  RawFormat,
  ResampleQuality,
  StreamOptions,
} from './types.js';
