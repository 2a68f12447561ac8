import { readFile, stat } from 'node:fs/promises';
import type { AudioStream } from '../../decode/index.js';
import type { OpenedSource } from '../../load/index.js';
import { tellDamage } from './cut.js';
import type { Part, PartsPlan } from './types.js';

/** Containers that OpenAI's servers take, and what an upload of one is called: they find the format by the extension. */
const uploads = {
  flac: { name: 'audio.flac', mediaType: 'audio/flac' },
  mp3: { name: 'audio.mp3', mediaType: 'audio/mpeg' },
  mp4: { name: 'audio.mp4', mediaType: 'audio/mp4' },
  ogg: { name: 'audio.ogg', mediaType: 'audio/ogg' },
  wav: { name: 'audio.wav', mediaType: 'audio/wav' },
  webm: { name: 'audio.webm', mediaType: 'audio/webm' },
};

/**
 * A source as its only part, sent as it is: if servers know its container, and it is below both limits. Its audio is
 * decoded, to know that it is whole and how long it is.
 */
export async function wholeFileOf(
  { encoded, decoder, maxSeconds }: OpenedSource,
  limits: { readonly bytes: number; readonly seconds: number },
  { signal, onDamage }: Pick<PartsPlan, 'signal' | 'onDamage'>,
): Promise<Part | undefined> {
  const size = typeof encoded === 'string' ? (await stat(encoded)).size : encoded.length;
  if (size > limits.bytes) return undefined;
  const bytes = typeof encoded === 'string' ? await readFile(encoded, { signal }) : encoded;
  const { container, duration } = await decoder.probe(bytes, { signal });
  const upload = uploadOf(container, bytes);
  const most = Math.min(limits.seconds, maxSeconds);
  if (upload === undefined || (duration ?? 0) > most) return undefined;
  // At the source's own rate: nothing is resampled.
  const stream = decoder.stream(bytes, { channels: 1, seconds: 10, signal });
  const seconds = await lengthOf(stream, most);
  if (seconds === undefined) return undefined;
  tellDamage(stream.damage, onDamage);
  return { index: 0, start: 0, seconds, audio: { bytes, ...upload } };
}

/** By FFmpeg's name, which is that of several. */
function uploadOf(
  container: string,
  bytes: Uint8Array,
): { readonly name: string; readonly mediaType: string } | undefined {
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  // QuickTime and 3GPP have other brands.
  if (container.startsWith('mov,')) return /^.{4}ftyp(?!qt|3g)/s.test(head) ? uploads.mp4 : undefined;
  if (container.startsWith('matroska')) return head.includes('webm') ? uploads.webm : undefined;
  return Object.hasOwn(uploads, container) ? uploads[container as keyof typeof uploads] : undefined;
}

/** Seconds, counted; `undefined` if there are more than `most`. */
async function lengthOf(stream: AudioStream, most: number): Promise<number | undefined> {
  let seconds = 0;
  for await (const { frames, sampleRate } of stream) {
    seconds += frames / sampleRate;
    if (seconds > most) return undefined;
  }
  return seconds;
}
