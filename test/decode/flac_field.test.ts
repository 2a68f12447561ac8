import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { AudioDecoder, decode } from '../../dist/index.js';
import { errorOf } from '../safe/outcome.js';
import { type FlacFrame, flacOf, framesStart } from './flac_bytes.js';
import { bytesOf, floats, integers } from './riff.js';
import { equalSamples } from './wav.js';

/** FLAC as it is met outside of its encoder. What must come out is known: the frames are stored as they are. */

const frame = (count: number, bits: number, seed: number, channels = 1): FlacFrame => ({
  samples: Array.from({ length: channels }, (_, c) => integers(count, bits, seed * 10 + c)),
  bits,
});
const planar = (frames: readonly FlacFrame[]): Float32Array =>
  Float32Array.from(
    (frames[0]?.samples ?? []).flatMap((_, c) =>
      frames.flatMap(({ samples, bits }) => [...floats(samples[c] ?? [], bits)]),
    ),
  );

/** From bytes and from a pipe, all channels: the same samples, and the same said of damage. */
async function everyWay(flac: Buffer, onDamage: 'conceal' | 'error' = 'error') {
  const whole = await decode(flac, { channels: 'native', onDamage });
  const pieces = Array.from({ length: Math.ceil(flac.length / 5000) }, (_, i) =>
    flac.subarray(i * 5000, (i + 1) * 5000),
  );
  const streamed = await decode(Readable.from(pieces), { channels: 'native', onDamage });
  expect(equalSamples(streamed.data, whole.data)).toBe(true);
  expect(streamed.damage.packets).toBe(whole.damage.packets);
  return whole;
}

const plain = [1, 2, 3, 4, 5].map((seed) => frame(4096, 16, seed));

test('frames of more than 160 KiB', async () => {
  const frames = [frame(16_384, 24, 1, 6), frame(16_384, 24, 2, 6), frame(5000, 24, 3, 6)];
  const audio = await everyWay(flacOf(frames));
  expect(audio.shape).toEqual([6, 37_768]);
  expect(audio.data).toEqual(planar(frames));
});

test('a change of the bit depth', async () => {
  const frames = [frame(4096, 16, 1), frame(4096, 16, 2), frame(4096, 24, 3), frame(4096, 8, 4), frame(4096, 16, 5)];
  expect((await everyWay(flacOf(frames))).data).toEqual(planar(frames));
});

test('blocks that are larger than STREAMINFO says', async () => {
  expect((await everyWay(flacOf(plain, { maxBlock: 1024, minBlock: 1024, totalSamples: 0 }))).data).toEqual(
    planar(plain),
  );
});

test('block sizes of 0 are a broken header, not a missing decoder', async () => {
  const error = await errorOf(decode(flacOf(plain, { maxBlock: 0, minBlock: 0 })));
  expect(error).toMatchObject({ code: 'ERR_AUDIO_CORRUPT', fault: 'client' });
  expect(error.message).toMatch(/header of stream 0 \(flac\)/);
});

const tag = (text: string, length: number) => Buffer.from(text.padEnd(length, '\0'), 'latin1');
const behind: [string, Buffer][] = [
  ['an ID3v1 tag', tag('TAGtitle', 128)],
  ['an APE tag', bytesOf(tag('APETAGEX', 32), Buffer.alloc(9000, 'text'), tag('APETAGEX', 32))],
  ['Lyrics3 and ID3v1', bytesOf('LYRICSBEGININD0000200LYR00005hello000052LYRICS200', tag('TAG', 128))],
  ['zeros', Buffer.alloc(70_000)],
  ['zeros and a tag', bytesOf(Buffer.alloc(100), tag('TAG', 128))],
];
test.each(behind)('%s behind intact frames is no damage', async (_, junk) => {
  const audio = await everyWay(bytesOf(flacOf(plain), junk));
  expect(audio.data).toEqual(planar(plain));
});

test('junk in front', async () => {
  for (const junk of [
    Buffer.from('HTTP/1.1 200 OK\r\n\r\n'),
    Buffer.alloc(3000, 0xaa),
    Buffer.alloc(100_000, 'junk '),
  ]) {
    expect((await everyWay(bytesOf(junk, flacOf(plain)))).data).toEqual(planar(plain));
  }
});

describe('checksums', () => {
  test('each changed byte of a FLAC frame is told, and costs no time', async () => {
    const flac = flacOf(plain);
    for (let i = 0; i < 40; i++) {
      const changed = Buffer.from(flac);
      const at = framesStart + 20 + i * 900;
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      const audio = await decode(changed);
      expect([at, audio.damage.packets, audio.frames]).toEqual([at, 1, 5 * 4096]);
      expect(await errorOf(decode(changed, { onDamage: 'error' }))).toMatchObject({ code: 'ERR_AUDIO_CORRUPT' });
    }
  });

  const others = ['wavpack-16.wv', 'wavpack-hybrid.wv', 'tta-16.tta', 'ac3.ac3', 'eac3.eac3', 'flac-5.1.flac'];
  test.each(others)('%s', async (name) => {
    const path = fileURLToPath(new URL(`../fixtures/formats/${name}`, import.meta.url));
    const bytes = readFileSync(path);
    const intact = await decode(bytes, { onDamage: 'error' });
    const changed = Buffer.from(bytes);
    // True Audio's frames end in their checksum; a changed one in their middle ends the decode of its one frame.
    const at = name.endsWith('.tta') ? bytes.length - 2 : Math.floor(bytes.length * 0.6);
    changed[at] = (changed[at] ?? 0) ^ 0x08;
    const audio = await decode(changed);
    expect(audio.damage.packets).toBeGreaterThanOrEqual(1);
    expect(audio.frames).toBe(intact.frames);
  });
});

describe('ranges of joined files', () => {
  const decoder = new AudioDecoder();
  const long = [1, 2, 3, 4, 5, 6].map((seed) => frame(8192, 16, seed));
  const other = [7, 8, 9, 10, 11, 12].map((seed) => frame(8192, 16, seed));
  const silence = Array.from({ length: 6 }, () => ({ samples: [new Array<number>(8192).fill(0)], bits: 16 }));
  const wide = [7, 8, 9].map((seed) => frame(8192, 24, seed));
  const pairs: [string, FlacFrame[][]][] = [
    ['of the same length', [long, other]],
    ['with silence of the same length', [long, silence, other]],
    ['of another depth', [long, wide]],
    ['three', [wide, long, wide]],
  ];
  test.each(pairs)('%s', async (_, streams) => {
    const flac = Buffer.concat(streams.map((frames) => flacOf(frames)));
    const all = planar(streams.flat());
    expect((await decoder.decode(flac)).data).toEqual(all);
    for (let start = 1.05; start * 16_000 < all.length; start += 0.37) {
      const from = Math.floor(start * 16_000 + 0.5);
      const part = await decoder.decode(flac, { start, end: start + 0.3 });
      expect(part.data).toEqual(all.subarray(from, Math.min(all.length, Math.floor((start + 0.3) * 16_000 + 0.5))));
    }
  });
});
