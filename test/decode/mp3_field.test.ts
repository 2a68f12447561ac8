import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { AudioDecoder, decode } from '../../dist/index.js';
import { longer } from './cuts.js';
import { distance, fieldCases } from './field.js';
import { bytesOf } from './riff.js';
import { equalSamples } from './wav.js';

/** MP3 as it is met outside of its encoder: tags, joined files, headers that differ where it does not matter. */

const file = (name: string) => readFileSync(longer.find(([each]) => each === name)?.[1] ?? '');
const lame = file('lame.mp3');
const tagged = file('untagged.mp3');
// ffmpeg puts an ID3v2 tag in front, though no Xing frame.
const untagged = tagged.subarray(10 + (tagged[9] ?? 0));
const tag = (text: string, length: number) => Buffer.from(text.padEnd(length, '\0'), 'latin1');

async function samplesOf(mp3: Buffer, onDamage: 'conceal' | 'error' = 'error'): Promise<Float32Array> {
  const whole = await decode(mp3, { channels: 'native', onDamage });
  const pieces = Array.from({ length: Math.ceil(mp3.length / 3000) }, (_, i) => mp3.subarray(i * 3000, (i + 1) * 3000));
  const streamed = await decode(Readable.from(pieces), { channels: 'native', onDamage });
  expect(streamed.frames).toBe(whole.frames);
  expect(equalSamples(streamed.data, whole.data)).toBe(true);
  return whole.data;
}

test('a first frame whose copyright, original and emphasis bits differ from the second is not lost', async () => {
  const expected = await samplesOf(untagged);
  for (const bits of [0x08, 0x04, 0x01]) {
    const changed = Buffer.from(untagged);
    changed[3] = (changed[3] ?? 0) ^ bits;
    expect(await samplesOf(changed)).toEqual(expected);
  }
});

test('a file of one frame, alone and with a tag', async () => {
  const second = untagged.indexOf(untagged.subarray(0, 2), 4);
  const one = untagged.subarray(0, second);
  const expected = (await samplesOf(untagged)).subarray(0, 576);
  for (const mp3 of [one, bytesOf(one, tag('TAG', 128))]) {
    const audio = await decode(mp3);
    // What the frame itself says: its main data may go on in the next frame.
    expect([audio.frames, audio.damage.packets]).toEqual([576, 0]);
    expect(Math.max(...audio.data.map((value, i) => Math.abs(value - (expected[i] ?? 0))))).toBeLessThan(1e-6);
  }
});

test.each([
  ['nothing', ''],
  ['ID3v1', tag('TAGtitle', 128)],
  ['APE', bytesOf(tag('APETAGEX', 32), tag('title', 64), tag('APETAGEX', 32))],
])('one frame of any rate with %s behind it is no transport stream', async (_, behind) => {
  // MPEG-2 Layer III, 22.05 kHz, mono; no bits of main data: silence. The G of a tag looked like a packet of MPEG-TS.
  for (const [code, kilobits] of [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160].entries()) {
    const frame = Buffer.alloc(Math.floor((72 * kilobits) / 22.05));
    frame.set([0xff, 0xf3, (code + 1) << 4, 0xc4]);
    const audio = await decode(bytesOf(frame, behind));
    expect([audio.source.container, audio.frames, audio.damage.packets]).toEqual(['mp3', 576, 0]);
    expect(audio.data.every((sample) => sample === 0)).toBe(true);
  }
});

const behind: [string, Buffer][] = [
  ['ID3v1', tag('TAGtitle', 128)],
  [
    'APE, more than a sixteenth of the file',
    bytesOf(tag('APETAGEX', 32), Buffer.alloc(9000, 'text'), tag('APETAGEX', 32)),
  ],
  ['Lyrics3 and ID3v1', bytesOf('LYRICSBEGININD0000200LYR00005hello000052LYRICS200', tag('TAG', 128))],
  ['zeros', Buffer.alloc(20_000)],
];
describe.each(behind)('%s behind intact frames', (_, junk) => {
  test.each([
    ['lame.mp3', lame],
    ['untagged.mp3', untagged],
  ] as const)('%s', async (_name, mp3) => {
    expect(await samplesOf(bytesOf(mp3, junk))).toEqual(await samplesOf(mp3));
  });
});

test('joined files: the padding of the first is dropped, from bytes as from a pipe', async () => {
  const one = await decode(lame, { channels: 'native' });
  const both = await samplesOf(bytesOf(lame, lame));
  const frames = both.length / 2;
  expect(both.subarray(0, one.frames)).toEqual(one.data.subarray(0, one.frames));
  expect(frames).toBeGreaterThan(2 * one.frames);
});

test("a Xing frame without LAME's part: the decoder's own delay is dropped, as mpg123 does", async () => {
  const at = lame.indexOf('Lavf');
  const without = Buffer.from(lame).fill(0, at, at + 36);
  // As if there were no such frame: it decodes to 1152 samples of silence, and nothing is dropped.
  const bare = Buffer.from(lame);
  const mark = Math.max(bare.indexOf('Xing'), bare.indexOf('Info'));
  bare.fill(0, mark, mark + 4);
  const all = await decode(bare, { channels: 'native' });
  const audio = await decode(without, { channels: 'native' });
  expect(audio.frames).toBe(all.frames - 1152 - 529);
  expect(audio.data.subarray(0, audio.frames)).toEqual(all.data.subarray(1152 + 529, all.frames));
});

describe('free format, which says no bit rate', () => {
  // The tolerance of MP3: two decoders in float32.
  test.each(fieldCases('mp3'))('$name decodes as it does by mpg123', async (expected) => {
    const audio = await decode(expected.path, { channels: 'native', onDamage: 'error' });
    expect([audio.frames, audio.channels]).toEqual([expected.frames, expected.channels]);
    expect(distance(audio, expected)).toBeLessThanOrEqual(5e-6);
    await samplesOf(readFileSync(expected.path));
  });

  test('ranges are slices of the whole', async () => {
    // Longer, by its frames: behind the one that says how long it is.
    const [free] = fieldCases('mp3');
    const frames = readFileSync(free?.path ?? '').subarray(240);
    const mp3 = Buffer.concat(Array.from({ length: 12 }, () => frames));
    const decoder = new AudioDecoder();
    const whole = await decoder.decode(mp3);
    for (const start of [1.1, 1.7, 2.5]) {
      const part = await decoder.decode(mp3, { start, end: start + 0.25 });
      expect(part.data).toEqual(whole.data.subarray(part.startFrame, part.startFrame + part.frames));
    }
  });
});

describe('a change of rate or channels on the way', () => {
  const mono = file('reservoir.mp3');
  test.each([
    ['44.1, 22.05 and 44.1 kHz', [lame, untagged, lame]],
    ['two channels and one', [lame, mono]],
    ['one channel and two', [mono, lame]],
  ] as const)('%s: any range is a slice of the whole', async (_, files) => {
    const bytes = Buffer.concat([...files]);
    for (const channels of ['native', 1] as const) {
      const decoder = new AudioDecoder({ channels });
      const whole = await decoder.decode(bytes);
      for (let start = 1.1; start + 0.4 < whole.duration; start += 0.9) {
        const part = await decoder.decode(bytes, { start, end: start + 0.3 });
        expect(part.channels).toBe(whole.channels);
        for (let c = 0; c < whole.channels; c++) {
          const from = c * whole.frames + part.startFrame;
          const expected = whole.data.subarray(from, from + part.frames);
          expect(part.data.subarray(c * part.frames, (c + 1) * part.frames)).toEqual(expected);
        }
      }
    }
  });
});
