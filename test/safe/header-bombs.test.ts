import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { decode, probe } from '../../dist/index.js';
import { floatWav } from '../decode/wav.js';
import { errorOf, slowness } from './outcome.js';

/** Small headers that cost peers, or FFmpeg itself, seconds or gigabytes. */
const fixtures = fileURLToPath(new URL('../fixtures/formats/', import.meta.url));

function synchsafe(size: number): number[] {
  return [21, 14, 7, 0].map((shift) => (size >> shift) & 0x7f);
}

/** An ID3v2.3 tag of the given frames, before the bytes of a file. */
function tagged(frames: Buffer, file: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, ...synchsafe(frames.length)]), frames, file]);
}

function frame(id: string, body: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.write(id, 'latin1');
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

test('sixty thousand tags cost no more than their bytes', async () => {
  const frames = Array.from({ length: 60_000 }, (_, i) =>
    frame('TXXX', Buffer.from(`\0${i.toString(36)}\0v`, 'latin1')),
  );
  const file = tagged(Buffer.concat(frames), readFileSync(`${fixtures}../speech/speech.mp3`));
  const started = performance.now();
  const audio = await decode(file, { sampleRate: 16_000 });
  expect(audio.frames).toBe((await decode(`${fixtures}../speech/speech.mp3`, { sampleRate: 16_000 })).frames);
  expect(performance.now() - started).toBeLessThan(500 * slowness);
});

test('an index of 85 million samples in six kilobytes is refused memory', async () => {
  const file = readFileSync(`${fixtures}m4a-aac.m4a`);
  const stsz = file.indexOf('stsz');
  const stsc = file.indexOf('stsc');
  file.writeUInt32BE(1, stsz + 8);
  file.writeUInt32BE(85_000_000, stsz + 12);
  file.writeUInt32BE(1, stsc + 8);
  file.writeUInt32BE(85_000_000, stsc + 16);
  const before = process.memoryUsage().rss;
  const error = await errorOf(decode(file));
  expect(error.code).toMatch(/^ERR_AUDIO_/);
  expect(process.memoryUsage().rss - before).toBeLessThan(400e6);
});

test.each(['flac-16.flac', 'tta-16.tta', 'wavpack-16.wv', 'adts-aac.aac'])(
  '%s is known behind a large cover',
  async (name) => {
    const plain = await decode(fixtures + name);
    const audio = await decode(tagged(frame('APIC', Buffer.alloc(2_000_000)), readFileSync(fixtures + name)));
    expect(audio.source.codec).toBe(plain.source.codec);
    expect(audio.frames).toBe(plain.frames);
  },
);

test('samples so large that sums overflow are not finite', async () => {
  const huge = floatWav([new Float32Array(100).fill(3e38), new Float32Array(100).fill(3e38)], 48_000);
  expect((await errorOf(decode(huge))).code).toBe('ERR_AUDIO_CORRUPT');
  const zeroed = await decode(huge, { nonFinite: 'zero', sampleRate: 16_000 });
  expect(zeroed.damage.nonFinite).toBe(200);
  expect(zeroed.data.every((sample) => sample === 0)).toBe(true);
});

test('a lost frame of a lossless file is a truncation', async () => {
  const file = readFileSync(`${fixtures}flac-16.flac`);
  const { frames } = await decode(file);
  const clean = await probe(file);
  expect(clean.duration).toBeCloseTo(frames / clean.sampleRate, 6);
  // The header of a frame in the middle: FFmpeg's parser drops what it cannot read.
  const broken = Buffer.from(file);
  const sync = broken.indexOf(Buffer.from([0xff, 0xf8]), Math.floor(broken.length / 2));
  expect(sync).toBeGreaterThan(0);
  broken.fill(0, sync, sync + 6);
  const audio = await decode(broken);
  expect(audio.frames < frames ? audio.damage.truncated : audio.damage.packets > 0).toBe(true);
});
