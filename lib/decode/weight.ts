import { stat } from 'node:fs/promises';
import { isAnyArrayBuffer } from 'node:util/types';
import type { MediaInfo } from '../media_info.js';
import type { Request } from './options.js';
import type { AudioSource } from './types.js';

/** No codec that people send takes less, in bytes per second and channel: speech codecs take 600 and more. */
const fewestBytesPerSecond = 500;
/** Hz, where neither the request nor a header tells. */
const assumedRate = 48_000;
const bytesPerSample = Float32Array.BYTES_PER_ELEMENT;

/**
 * Bytes that a decode holds: the encoded ones, if they are in memory, and the result. A small source
 * counts with the most that its size may become: up to `cheap`, knowing better is not worth a look at its header.
 * A larger one counts by its header, if that states a duration.
 */
export async function weight(
  source: AudioSource,
  { native: { sampleRate, channels }, limits }: Request,
  cheap: number,
  probe: (source: AudioSource) => Promise<MediaInfo>,
): Promise<number> {
  const { size, held } = await sizeOf(source);
  const decoded = (seconds: number, rate: number, outputs: number): number =>
    Math.min(Math.ceil(seconds * rate) * outputs * bytesPerSample, Math.ceil(limits.decodedBytes));
  // With the source's own channels, twice the channels are at least twice the bytes.
  const longest = Math.min(size / fewestBytesPerSecond, limits.seconds);
  const most = held + decoded(longest, sampleRate || assumedRate, channels || 1);
  if (most <= cheap) return most;
  const info = await probe(source);
  if (info.duration === null) return most;
  return held + decoded(info.duration, sampleRate || info.sampleRate, channels || info.channels);
}

/** Bytes of a source, and those of them in memory. What cannot be known here, the decode will report. */
async function sizeOf(source: AudioSource): Promise<{ size: number; held: number }> {
  if (typeof source === 'string' || source instanceof URL) {
    const size = await stat(source).then(
      (file) => file.size,
      () => 0,
    );
    return { size, held: 0 };
  }
  const bytes = ArrayBuffer.isView(source) || isAnyArrayBuffer(source);
  const size = bytes ? source.byteLength : source instanceof Blob ? source.size : 0;
  return { size, held: size };
}
