import type { MediaInfo } from '../media_info.js';
import { AudioDecoder } from './decoder.js';
import type { AudioSource } from './source/audio_source.js';
import type { DecodedAudio, DecodeOptions } from './types.js';

const decoder = new AudioDecoder();

/** `AudioDecoder.decode` with the default limits. */
export function decode(source: AudioSource, options?: DecodeOptions): Promise<DecodedAudio> {
  return decoder.decode(source, options);
}

/** `AudioDecoder.probe` with the default limits. */
export function probe(source: AudioSource, options?: DecodeOptions): Promise<MediaInfo> {
  return decoder.probe(source, options);
}
