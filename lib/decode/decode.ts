import type { MediaInfo } from '../media_info.js';
import { AudioDecoder } from './decoder.js';
import type { AudioSource } from './source/audio_source.js';
import type { DecodedAudio, DecodeOptions } from './types.js';

const decoder = new AudioDecoder();

/**
 * Decodes a whole source: `AudioDecoder.decode` with the default limits.
 *
 * @returns float32 samples, nominal range ±1: `shape` is `[frames]` for one channel (the default), `[channels, frames]`
 * otherwise; `sampleRate` in Hz. Rejects with a `CochleaError`, or an `AbortError` once `signal` aborts.
 * @throws {TypeError | RangeError} The source or an option is wrong (at the call).
 * @example
 * const { data, shape, sampleRate } = await decode('speech.mp3', { sampleRate: 16_000 });
 */
export function decode(source: AudioSource, options?: DecodeOptions): Promise<DecodedAudio> {
  return decoder.decode(source, options);
}

/**
 * Reads the headers of a source without decoding it: `AudioDecoder.probe` with the default limits.
 *
 * @returns Facts about the container and its audio streams; durations in seconds, rates in Hz. Rejects with a
 * `CochleaError`, or an `AbortError` once `signal` aborts.
 * @throws {TypeError | RangeError} The source or an option is wrong (at the call).
 */
export function probe(source: AudioSource, options?: DecodeOptions): Promise<MediaInfo> {
  return decoder.probe(source, options);
}
