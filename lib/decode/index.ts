export { decode, probe } from './decode.js';
export { AudioDecoder } from './decoder.js';
export { type DecodeLimits, defaultLimits } from './limits.js';
export type {
  AudioDecoderOptions,
  AudioSource,
  AudioStreamInfo,
  Damage,
  DecodedAudio,
  DecodeOptions,
  Downmix,
  MediaInfo,
  RawCodec,
  RawFormat,
  ResampleQuality,
} from './types.js';
