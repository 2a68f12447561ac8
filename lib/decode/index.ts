export { AudioSource } from './audio_source.js';
export type { AudioChunk } from './chunk.js';
export { decode, probe } from './decode.js';
export { AudioDecoder } from './decoder.js';
export type { ByteStream } from './feed.js';
export { type DecodeLimits, defaultLimits } from './limits.js';
export type { OpenAudioSource } from './open_source.js';
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
