import type { SpeechFormat } from '../engine.js';

/** Media types, as OpenAI answers them. */
export const speechTypes: Readonly<Record<SpeechFormat, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};

/** Hz of `pcm`, which is OpenAI's. */
export const pcmRate = 24_000;

/** Bytes from which the format of a file is known: the first page of Ogg names its codec. */
export const headBytes = 64;

/** The format of an encoded file, by its first bytes. PCM has no mark: what is nothing else may be it. */
export function formatOf(head: Uint8Array): SpeechFormat | undefined {
  const text = Buffer.from(head.subarray(0, headBytes)).toString('latin1');
  if (/^(RIFF|RF64)/.test(text)) return 'wav';
  if (text.startsWith('fLaC')) return 'flac';
  if (text.startsWith('OggS')) return text.includes('OpusHead') ? 'opus' : undefined;
  if (text.startsWith('ID3')) return 'mp3';
  const [first = 0, second = 0] = head;
  if (first !== 0xff) return undefined;
  // The layer: 0 in ADTS, 1 in MP3.
  if ((second & 0xf6) === 0xf0) return 'aac';
  return (second & 0xe6) === 0xe2 ? 'mp3' : undefined;
}
