import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decode, type EncodeOptions, encode } from '../../dist/index.js';
import { equalSamples } from '../decode/wav.js';
import { errorOf } from '../safe/outcome.js';
import { interleaved, noise, quantised, readFlac, readWav, streamInfo } from './oracle.js';

const speech = fileURLToPath(new URL('../fixtures/speech/speech.wav', import.meta.url));
const formats = [
  { format: 'wav', bitDepth: 16 },
  { format: 'wav', bitDepth: 24 },
  { format: 'wav', bitDepth: 32 },
  { format: 'flac', bitDepth: 16 },
  { format: 'flac', bitDepth: 24 },
] as const satisfies EncodeOptions[];
const sizes = [1, 4095, 4096, 4097, 10_007];

/** What a file of these samples holds. */
function stored(data: Float32Array, channels: number, bits: number): number[] {
  const samples = interleaved(data, channels);
  return bits === 32 ? samples : samples.map((sample) => quantised(sample, bits));
}

describe.each(formats)('$format of $bitDepth bits', ({ format, bitDepth }) => {
  test.each([1, 2, 6])('%i channels: others read the quantised samples', async (channels) => {
    for (const frames of sizes) {
      const data = noise(channels * frames, frames);
      const bytes = await encode({ data, channels, sampleRate: 22_050 }, { format, bitDepth });
      const expected = stored(data, channels, bitDepth);
      if (format === 'flac') {
        expect(readFlac(bytes, bitDepth)).toEqual(expected);
        expect(streamInfo(bytes)).toMatchObject({ sampleRate: 22_050, channels, bits: bitDepth, frames });
      } else {
        const facts = { float: bitDepth === 32, channels, sampleRate: 22_050, bits: bitDepth };
        const file = readWav(bytes);
        expect(file).toMatchObject({ id: 'RIFF', ...facts, riffSize: bytes.length - 8 });
        expect(file.samples).toEqual(expected);
      }
    }
  });

  test.each([1, 2, 6])('%i channels: decode gives them back, bit for bit', async (channels) => {
    for (const frames of sizes) {
      const data = noise(channels * frames, frames + 1);
      const bytes = await encode({ data, shape: [channels, frames], sampleRate: 48_000 }, { format, bitDepth });
      const audio = await decode(bytes, { channels: 'native' });
      const scale = 2 ** (bitDepth - 1);
      const expected = bitDepth === 32 ? data : data.map((sample) => quantised(sample, bitDepth) / scale);
      expect(audio).toMatchObject({ channels, frames, sampleRate: 48_000, damage: { packets: 0, truncated: false } });
      expect(equalSamples(audio.data, expected)).toBe(true);
    }
  });
});

test('the MD5 that a FLAC file states is that of its samples', async () => {
  const data = noise(9000);
  const pcm = Int16Array.from(data, (sample) => quantised(sample, 16));
  const { md5 } = streamInfo(await encode({ data, sampleRate: 16_000 }, { format: 'flac' }));
  expect(md5).toBe(createHash('md5').update(pcm).digest('hex'));
});

test('what decode returns can be encoded as it is, and comes back', async () => {
  const audio = await decode(speech);
  for (const format of ['wav', 'flac'] as const) {
    const again = await decode(await encode(audio, { format }));
    expect(again.sampleRate).toBe(audio.sampleRate);
    expect(equalSamples(again.data, audio.data)).toBe(true);
  }
});

test('the same samples make the same bytes, without any name of a program in them', async () => {
  const audio = { data: noise(5000), sampleRate: 16_000 };
  for (const { format, bitDepth } of formats) {
    const bytes = await encode(audio, { format, bitDepth });
    expect(Buffer.compare(bytes, await encode(audio, { format, bitDepth }))).toBe(0);
    expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/Lav[fc]\d/);
  }
});

test('WAV of 16 bits has the header of 44 bytes that every reader knows', async () => {
  const bytes = await encode({ data: noise(100), sampleRate: 16_000 }, { format: 'wav', bitDepth: 16 });
  expect(bytes).toHaveLength(44 + 200);
  expect(readWav(bytes).chunks).toEqual(['fmt ', 'data']);
});

test('WAV is float by default, FLAC has 16 bits', async () => {
  const audio = { data: noise(100), sampleRate: 16_000 };
  expect(readWav(await encode(audio, { format: 'wav' }))).toMatchObject({ float: true, bits: 32 });
  expect(streamInfo(await encode(audio, { format: 'flac' })).bits).toBe(16);
});

describe('samples that do not fit', () => {
  const data = Float32Array.of(0.5, 1, -1, 1.5, -2, 3e38, 0.999);

  test.each(formats.filter(({ bitDepth }) => bitDepth !== 32))(
    '$format of $bitDepth bits: are clipped and counted',
    async ({ format, bitDepth }) => {
      const counts: number[] = [];
      const bytes = await encode(
        { data, sampleRate: 8000 },
        { format, bitDepth, onClipped: (count) => counts.push(count) },
      );
      const top = 2 ** (bitDepth - 1) - 1;
      const samples = format === 'flac' ? readFlac(bytes, bitDepth) : readWav(bytes).samples;
      expect(samples.slice(1, 6)).toEqual([top, -top - 1, top, -top - 1, top]);
      // 1, 1.5, -2 and 3e38.
      expect(counts).toEqual([4]);
    },
  );

  test('float keeps them, and nobody is called', async () => {
    const onClipped = () => {
      throw new Error('nothing was clipped');
    };
    const bytes = await encode({ data, sampleRate: 8000 }, { format: 'wav', onClipped });
    expect(readWav(bytes).samples).toEqual([...data]);
  });
});

test.each(formats)('$format of $bitDepth bits: NaN and infinity are refused by place', async ({ format, bitDepth }) => {
  for (const [value, shown] of [
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'infinite'],
    [Number.NEGATIVE_INFINITY, 'infinite'],
  ] as const) {
    const data = noise(2 * 6000);
    data[6000 + 5999] = value;
    const error = await errorOf(encode({ data, channels: 2, sampleRate: 8000 }, { format, bitDepth }));
    expect(error).toMatchObject({
      code: 'ERR_AUDIO_NON_FINITE',
      name: 'NonFiniteError',
      fault: 'server',
      retryable: false,
    });
    expect(error.message).toBe(`frame 5999 of channel 1 is ${shown}`);
    // The caller's own frames, not those of a thread pool.
    expect(error.stack).toContain('encode.test.ts');
  }
});

test('no sample is no file', async () => {
  for (const format of ['wav', 'flac'] as const) {
    const error = await errorOf(encode({ data: new Float32Array(), sampleRate: 8000 }, { format }));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_EMPTY', name: 'EmptyAudioError' });
  }
});

describe('memory', () => {
  test('a view of a larger buffer is read where it is', async () => {
    const large = noise(5000);
    const bytes = await encode({ data: large.subarray(1000, 1003), sampleRate: 8000 }, { format: 'wav' });
    expect(readWav(bytes).samples).toEqual([...large.subarray(1000, 1003)]);
  });

  test('shared and resizable memory is copied at the call', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(4000)).fill(0.25);
    const Resizable = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer;
    const buffer = new Resizable(4000, { maxByteLength: 8000 }) as ArrayBuffer & { resize(bytes: number): void };
    const resizable = new Float32Array(buffer).fill(0.25);
    const encodes = [shared, resizable].map((data) => encode({ data, sampleRate: 8000 }, { format: 'wav' }));
    shared.fill(9);
    buffer.resize(0);
    for (const bytes of await Promise.all(encodes)) {
      expect(readWav(bytes).samples).toEqual(new Array(1000).fill(0.25));
    }
  });

  test('large files are handed over, small ones can be transferred', async () => {
    const small = await encode({ data: noise(1000), sampleRate: 8000 }, { format: 'wav' });
    expect(structuredClone(small, { transfer: [small.buffer] })).toHaveLength(4058);
    const data = new Float32Array(3_000_000).fill(0.5);
    const large = await encode({ data, sampleRate: 8000 }, { format: 'wav' });
    expect(large).toHaveLength(12_000_058);
    expect(large.at(-1)).toBe(0x3f);
  });
});
