import { expect, test } from 'vitest';
import { AudioDecoder, decode } from '../../dist/index.js';
import { bytesOf, chunk, floats, format, integers, leftJustified, riff } from './riff.js';

/** The width of PCM is that of its container. What must come out is known: it is what the bytes were made of. */

const valid = [
  [24, 4],
  [20, 4],
  [16, 3],
  [16, 4],
  [8, 2],
  [20, 3],
  [12, 2],
] as const;

test.each(valid)('%i valid bits in %i bytes, as WAVE_FORMAT_EXTENSIBLE says it', async (bits, width) => {
  const values = integers(4000, bits);
  const samples = chunk('data', leftJustified(values, bits, width));
  // Some write the width of the container as the number of bits, as the standard asks; some the valid ones.
  for (const stated of [width * 8, bits]) {
    for (const channels of [1, 2]) {
      const wav = riff(format({ tag: 0xfffe, channels, width, bits: stated, validBits: bits }), samples);
      const audio = await decode(wav, { channels: 'native' });
      expect([audio.frames, audio.duration, audio.damage.packets]).toEqual([4000 / channels, 0.25 / channels, 0]);
      const planar = floats(values, bits).filter((_, i) => i % channels === 0);
      expect(audio.data.subarray(0, audio.frames)).toEqual(planar);
    }
  }
});

test('24 bits in four bytes under the plain tag, and the floats that Cool Edit wrote there', async () => {
  const values = integers(4000, 24);
  const header = format({ width: 4, bits: 24 });
  const audio = await decode(riff(header, chunk('data', leftJustified(values, 24, 4))));
  expect(audio.data).toEqual(floats(values, 24));
  const coolEdit = Buffer.from(Float32Array.from(values).buffer);
  expect((await decode(riff(header, chunk('data', coolEdit)))).data).toEqual(floats(values, 24));
});

test('RIFX: the same file in the other byte order', async () => {
  for (const [bits, width] of [
    [16, 2],
    [24, 3],
    [32, 4],
    [8, 1],
  ] as const) {
    const values = integers(3000, bits);
    const little = leftJustified(values, bits, width);
    // Eight bits have no sign.
    if (width === 1) for (let i = 0; i < little.length; i++) little[i] = (little[i] as number) ^ 0x80;
    const big = swap(riff(format({ width }), chunk('data', little)), width);
    const audio = await decode(big);
    expect(audio.source.codec).toBe(width === 1 ? 'pcm_u8' : `pcm_s${bits}be`);
    expect(audio.data).toEqual(floats(values, bits));
  }
});

/** As `sox -B` writes it: every number of the headers and every sample turned round. */
function swap(wav: Buffer, width: number): Buffer {
  const turned = Buffer.from(wav);
  const turn = (at: number, length: number) => turned.subarray(at, at + length).reverse();
  turned.write('RIFX', 0, 'latin1');
  for (const at of [4, 16, 24, 28, 40]) turn(at, 4);
  for (const at of [20, 22, 32, 34]) turn(at, 2);
  for (let at = 44; at + width <= turned.length; at += width) turn(at, width);
  return turned;
}

test('a byte rate that lies shifts no range', async () => {
  const values = integers(64_000, 16);
  const samples = chunk('data', leftJustified(values, 16, 2));
  for (const byteRate of [0, 1, 16_000, 31_999, 64_000, 176_400]) {
    const wav = riff(format({ byteRate }), samples);
    const part = await decode(wav, { start: 2.5, end: 3 });
    expect(part.startFrame).toBe(40_000);
    expect(part.data).toEqual(floats(values.slice(40_000, 48_000), 16));
  }
});

test('no channels is a broken header, not a missing decoder', async () => {
  const wav = riff(format({ channels: 0 }), chunk('data', Buffer.alloc(1000)));
  await expect(new AudioDecoder().decode(wav)).rejects.toMatchObject({
    code: 'ERR_AUDIO_CORRUPT',
    message: expect.stringMatching(/channels/),
  });
});

const big = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);

test.each([
  [20, 3],
  [12, 2],
  [24, 3],
])('AIFF: %i bits in %i bytes', async (bits, width) => {
  const values = integers(3000, bits);
  const samples = leftJustified(values, bits, width);
  for (let at = 0; at < samples.length; at += width) samples.subarray(at, at + width).reverse();
  // 16 kHz as an 80-bit float.
  const rate = [0x40, 0x0c, 0xfa, 0, 0, 0, 0, 0, 0, 0];
  const common = bytesOf('COMM', big(18, 4), big(1, 2), big(values.length, 4), big(bits, 2), rate);
  const chunks = bytesOf('AIFF', common, 'SSND', big(samples.length + 8, 4), big(0, 8), samples);
  const audio = await decode(bytesOf('FORM', big(chunks.length, 4), chunks));
  expect(audio.data).toEqual(floats(values, bits));
});

test.each([
  [24, 4, 0],
  [24, 4, 2],
  [20, 3, 2],
])('Core Audio: %i bits in %i bytes, flags %i', async (bits, width, flags) => {
  const values = integers(3000, bits);
  const samples = leftJustified(values, bits, width);
  if (flags === 0) for (let at = 0; at < samples.length; at += width) samples.subarray(at, at + width).reverse();
  const rate = Buffer.alloc(8);
  rate.writeDoubleBE(16_000);
  const format = bytesOf(rate, 'lpcm', big(flags, 4), big(width, 4), big(1, 4), big(1, 4), big(bits, 4));
  const data = bytesOf('data', big(samples.length + 4, 8), big(0, 4), samples);
  const audio = await decode(bytesOf('caff', big(1, 2), big(0, 2), 'desc', big(format.length, 8), format, data));
  expect(audio.data).toEqual(floats(values, bits));
});
