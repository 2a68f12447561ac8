export { decode, probe } from './decode.js';
export { AudioDecoder } from './decoder.js';
export { type DecodeLimits, defaultLimits } from './limits.js';
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
