import { stat } from 'node:fs/promises';
import { isAnyArrayBuffer } from 'node:util/types';
import type { MediaInfo } from '../media_info.js';
import { isByteStream } from '../producers/producer.js';
import { isBlob, isURL } from '../realm.js';
import type { Request } from './options.js';
import type { AudioSource } from './source/audio_source.js';
import { OpenAudioSource } from './source/open_source.js';

/** No codec that people send takes less, in bytes per second and channel: speech codecs take 600 and more. */
const fewestBytesPerSecond = 500;
/** Hz, where neither the request nor a header tells. */
const assumedRate = 48_000;
const bytesPerSample = Float32Array.BYTES_PER_ELEMENT;
/** Of a stream, no more encoded bytes are in memory: 32 MiB are collected there, the rest in a file, and 1 MiB waits. */
const mostOfStream = 33 * 1024 ** 2;

/**
 * Bytes that a decode holds: the encoded ones, if they are in memory, and the result. A small source
 * counts with the most that its size may become: up to `cheap`, knowing better is not worth a look at its header.
 * A larger one counts by its header, if that states a duration. A stream counts with the most that the limits let
 * through: its size is not known, and what is read of it for a look at its header would be gone.
 */
export async function weight(
  source: AudioSource,
  { native: { sampleRate, channels, start, end }, limits }: Request,
  cheap: number,
  probe: (source: AudioSource) => Promise<MediaInfo>,
): Promise<number> {
  const { size, held } = isByteStream(source)
    ? { size: limits.inputBytes, held: Math.min(limits.inputBytes, mostOfStream) }
    : await sizeOf(source);
  const decoded = (duration: number, rate: number, outputs: number): number => {
    const seconds = Math.min(within(duration, start, end), limits.seconds);
    return Math.min(Math.ceil(seconds * rate) * outputs * bytesPerSample, Math.ceil(limits.decodedBytes));
  };
  // With the source's own channels, twice the channels are at least twice the bytes.
  const most = Math.ceil(held) + decoded(size / fewestBytesPerSecond, sampleRate || assumedRate, channels || 1);
  if (most <= cheap || isByteStream(source)) return most;
  const info = await probe(source);
  if (info.duration === null) return most;
  return held + decoded(info.duration, sampleRate || info.sampleRate, channels || info.channels);
}

/** Seconds of a range in audio of so many. */
function within(seconds: number, start: number, end: number): number {
  return start < 0 ? Math.min(seconds, -start) : Math.max(0, Math.min(seconds, end) - start);
}

/** Bytes of a source, and those of them in memory. What cannot be known here, the decode will report. */
async function sizeOf(source: AudioSource): Promise<{ size: number; held: number }> {
  const from = source instanceof OpenAudioSource ? source.origin : source;
  if (typeof from === 'string' || isURL(from)) {
    const size = await stat(from).then(
      (file) => file.size,
      () => 0,
    );
    return { size, held: 0 };
  }
  const bytes = ArrayBuffer.isView(from) || isAnyArrayBuffer(from);
  const size = bytes ? from.byteLength : isBlob(from) ? from.size : 0;
  return { size, held: size };
}
