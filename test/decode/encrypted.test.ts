import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decode, EncryptedAudioError, probe } from '../../dist/index.js';
import { errorOf } from '../safe/outcome.js';
import { compressed, encrypted, pcmMatroska, tone } from './matroska.js';

/** What is encrypted decodes to noise, in some codecs without a complaint: it is refused in all of them. */

const fixture = (name: string): Buffer => readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)));

/** The file with each of some words replaced, once. */
function replaced(file: Buffer, ...words: (readonly [from: Buffer, to: Buffer])[]): Buffer {
  const copy = Buffer.from(file);
  for (const [from, to] of words) {
    expect(to.length).toBe(from.length);
    const at = copy.indexOf(from);
    expect(at).toBeGreaterThan(0);
    to.copy(copy, at);
  }
  return copy;
}

const latin = (word: string): Buffer => Buffer.from(word, 'latin1');
const guid = (hexadecimal: string): Buffer => Buffer.from(hexadecimal, 'hex');

/** The sample entry, behind the box that counts them: the word stands in other boxes too. */
function entry(file: Buffer, type: string): Buffer {
  const stsd = file.indexOf('stsd');
  const copy = Buffer.from(file);
  latin(type).copy(copy, stsd + 16);
  return copy;
}

/** Sets the scrambling bits of all packets that hold audio. */
function scrambled(file: Buffer, pid: number): Buffer {
  const copy = Buffer.from(file);
  for (let at = 0; at < copy.length; at += 188) {
    if ((copy.readUInt16BE(at + 1) & 0x1fff) === pid) copy[at + 3] = (copy[at + 3] as number) | 0x80;
  }
  return copy;
}

const { pcm } = tone(4000);
const m4a = fixture('formats/m4a-aac.m4a');
const wma = fixture('formats/asf-wmav2.wma');
const codecList = guid('4052d1861d31d011a3a400a0c90348f6');

const files: readonly (readonly [what: string, file: Uint8Array])[] = [
  ['Common Encryption of AAC, by ffmpeg', fixture('field/encrypted/cenc-aac.m4a')],
  ['Common Encryption of FLAC, by ffmpeg', fixture('field/encrypted/cenc-flac.mp4')],
  ['MP4 whose entry is enca, without the original format', entry(m4a, 'enca')],
  ['FairPlay', entry(m4a, 'drms')],
  ['Audible', entry(m4a, 'aavd')],
  ['Matroska', pcmMatroska(pcm, { encodings: encrypted() })],
  ['Matroska, compressed and encrypted', pcmMatroska(pcm, { encodings: [...compressed(0), ...encrypted()] })],
  ['Windows Media', replaced(wma, [codecList, guid('fbb3112223bdd211b4b700a0c955fc6e')])],
  ['Windows Media, extended', replaced(wma, [codecList, guid('14e68a292226174cb935dae07ee9289c')])],
  ['Windows Media DRM 10', replaced(wma, [codecList, guid('338505438169e6499b74ad12cb86d58c')])],
  ['a scrambled broadcast', scrambled(fixture('formats/ts-mp2.ts'), 0x100)],
];

describe.each(files)('%s', (_, file) => {
  test('is refused by an error of its own', async () => {
    const error = await errorOf(decode(file));
    expect(error).toBeInstanceOf(EncryptedAudioError);
    expect(error).toMatchObject({ code: 'ERR_AUDIO_ENCRYPTED', fault: 'client', retryable: false });
  });
});

test('probe tells what an encrypted file holds, and that it is not decodable', async () => {
  const info = await probe(fixture('field/encrypted/cenc-aac.m4a'));
  expect(info).toMatchObject({ codec: 'aac', sampleRate: 16_000, channels: 1, decodable: false });
});
