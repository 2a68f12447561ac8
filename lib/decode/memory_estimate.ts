import { stat } from 'node:fs/promises';
import { isAnyArrayBuffer } from 'node:util/types';
import type { MediaInfo } from '../media_info.js';
import { isByteStream } from '../producers/producer.js';
import { isBlob, isURL } from '../realm.js';
import type { DecodeRequest } from './options.js';
import type { AudioSource } from './source/audio_source.js';
import { OpenAudioSource } from './source/open_source.js';

/** Bytes per second and channel. Common codecs need more: speech codecs need 600 or more. */
const fewestBytesPerSecond = 500;
/** Hz, if neither the request nor a header states a rate. */
const assumedRate = 48_000;
const bytesPerSample = Float32Array.BYTES_PER_ELEMENT;
/** The most encoded bytes of a stream in memory: 32 MiB are collected (the rest goes into a file), and 1 MiB waits. */
const mostOfStream = 33 * 1024 ** 2;

/**
 * Estimates the bytes that a decode holds: the encoded bytes, if they are in memory, and the result. A small source
 * counts as the most that its size can become: up to `cheap` bytes, reading its header is not worth the time. A larger
 * source counts by the duration in its header, if there is one. A stream counts as the most that the limits allow: its
 * size is not known, and bytes that were read for its header could not be read again.
 */
export async function estimatedBytes(
  source: AudioSource,
  { native: { sampleRate, channels, start, end }, limits }: DecodeRequest,
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

/** Length of a range, in seconds, within audio of that many seconds. */
function within(seconds: number, start: number, end: number): number {
  return start < 0 ? Math.min(seconds, -start) : Math.max(0, Math.min(seconds, end) - start);
}

/** Bytes of a source, and how many of them are in memory. 0 if they cannot be read: the decode will report why. */
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
