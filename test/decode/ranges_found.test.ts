import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { AudioDecoder, AudioSource, decode } from '../../dist/index.js';
import { errorOf } from '../safe/outcome.js';
import { difference, generator, inPieces, longer } from './cuts.js';

/** What went wrong with ranges, streams and open sources once, each named after it. */

const pathOf = (name: string) => longer.find(([file]) => file === name)?.[1] ?? '';

test('a range of a stream whose header is longer than what is kept behind the position', async () => {
  const wav = readFileSync(pathOf('pcm.wav'));
  const junk = Buffer.alloc(3_000_008);
  junk.write('JUNK', 0, 'latin1');
  junk.writeUInt32LE(3_000_000, 4);
  const bytes = Buffer.concat([wav.subarray(0, 36), junk, wav.subarray(36)]);
  const whole = await decode(wav);
  for (const start of [0.5, 3]) {
    const part = await decode(inPieces(bytes, generator(2)), { start, end: start + 1 });
    expect([part.startFrame, part.frames]).toEqual([start * 8000, 8000]);
    expect(difference(part.data, whole.data, part.startFrame)).toBe(0);
  }
});

test('a range of a stream that is damaged before it, and of one with noise substitution', async () => {
  const damaged = readFileSync(pathOf('adts.aac'));
  damaged.fill(0, 30_000, 30_020);
  for (const bytes of [damaged, readFileSync(pathOf('noise-substitution.m4a'))]) {
    const whole = await decode(bytes);
    const part = await decode(inPieces(bytes, generator(4)), { start: 4.9 });
    expect(part.startFrame + part.frames).toBe(whole.frames);
    expect(difference(part.data, whole.data, part.startFrame)).toBe(0);
  }
});

test('a tag that is too long to be kept is an error, not a loss of the first seconds', async () => {
  const size = 18 * 1024 * 1024;
  const tag = Buffer.alloc(10 + size);
  tag.write('ID3', 0, 'latin1');
  tag[3] = 4;
  for (let i = 0; i < 4; i++) tag[6 + i] = (size >> (7 * (3 - i))) & 0x7f;
  const bytes = Buffer.concat([tag, readFileSync(pathOf('lame.mp3'))]);
  expect((await decode(bytes)).frames).toBe((await decode(pathOf('lame.mp3'))).frames);
  const pieces = Readable.from(inPieces(bytes, () => 0.5));
  expect(await errorOf(decode(pieces))).toMatchObject({ code: 'ERR_AUDIO_SOURCE' });
});

test('joined files with tags and junk between them', async () => {
  const mp3 = readFileSync(pathOf('lame.mp3'));
  const tag = Buffer.alloc(128);
  tag.write('TAG', 0, 'latin1');
  const joined = Buffer.concat([mp3, tag, mp3, Buffer.alloc(700, 0x55), mp3]);
  const flac = readFileSync(pathOf('flac.flac'));
  for (const bytes of [joined, Buffer.concat([flac, flac])]) {
    const whole = await decode(bytes);
    using source = AudioSource.open(bytes);
    for (const start of [8, 11.5, 11, 7]) {
      const part = await decode(source, { start, end: start + 0.4 });
      expect(part.startFrame).toBe(start * whole.sampleRate);
      expect(difference(part.data, whole.data, part.startFrame)).toBe(0);
    }
  }
});

test('rates that share no grid are resampled from the start', async () => {
  const whole = await decode(pathOf('pcm.wav'), { sampleRate: 7001 });
  const part = await decode(pathOf('pcm.wav'), { sampleRate: 7001, start: 5 });
  expect(difference(part.data, whole.data, part.startFrame)).toBe(0);
});

test('a stream that is cancelled before it was read closes its source', async () => {
  const source = Readable.from([readFileSync(pathOf('lame.mp3'))]);
  await new AudioDecoder().stream(source).toReadableStream().cancel();
  expect(source.destroyed).toBe(true);
  const web = new ReadableStream<Uint8Array>();
  new AudioDecoder().stream(web);
  expect(web.locked).toBe(false);
});

test('open bytes whose buffer was transferred are refused', async () => {
  const bytes = new Uint8Array(readFileSync(pathOf('lame.mp3')));
  const source = AudioSource.open(bytes);
  await decode(source, { end: 1 });
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  expect(() => decode(source, { end: 1 })).toThrow(/detached/);
});

test('requests that were made before close() go on, though they wait', async () => {
  const source = AudioSource.open(pathOf('lame.mp3'));
  const requests = Array.from({ length: 20 }, () => decode(source));
  source.close();
  for (const { frames } of await Promise.all(requests)) expect(frames).toBe(264_600);
  expect(await errorOf(decode(source))).toMatchObject({ code: 'ERR_CLOSED' });
});

test('the end of a long file costs no more than its limit allows', async () => {
  // 2 s at 8 kHz are 64000 bytes.
  const decoder = new AudioDecoder({ limits: { decodedBytes: 70_000, seconds: 3 } });
  expect((await decoder.decode(pathOf('pcm.wav'), { start: -2 })).frames).toBe(16_000);
  expect(await errorOf(decoder.decode(pathOf('pcm.wav'), { start: -4 }))).toMatchObject({ code: 'ERR_AUDIO_LIMIT' });
});

test('an open-ended range of lossless audio is not cut off because its first packet is entered in the middle', async () => {
  for (const name of ['alac.m4a', 'flac.flac', 'pcm.wav', 'pcm.mov']) {
    const part = await decode(pathOf(name), { start: 4.01, onDamage: 'error' });
    expect(part.damage.truncated).toBe(false);
  }
});
