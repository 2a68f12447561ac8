import { describe, expect, test } from 'vitest';
import { FeatureExtractor } from '../../dist/features/index.js';
import { type AudioSamples, decode, encode, encodeStream, split, windows } from '../../dist/index.js';
import { thrownBy } from '../safe/outcome.js';
import { speech } from './pieces.js';

/** One kind of object is audio wherever audio is taken: your own samples with their rate, or what `decode` returns. */

const extractor = FeatureExtractor.whisper({ mels: 80 });
const takers: [string, (audio: AudioSamples) => unknown][] = [
  ['encode', (audio) => encode(audio, { format: 'wav' })],
  ['extract', (audio) => extractor.extract(audio)],
  ['windows', (audio) => [...windows(audio, { frames: 4000 })]],
  ['split', (audio) => [...split(audio, { maxSeconds: 2, searchSeconds: 0.5 })]],
];

describe.each(takers)('%s', (_, take) => {
  test('gives for samples and their rate what it gives for decoded audio', async () => {
    const audio = await decode(speech('flac'), { sampleRate: 16_000 });
    const { data, sampleRate, shape } = audio;
    const expected = await take(audio);
    expect(expected).toBeTruthy();
    for (const own of [
      { data, sampleRate },
      { data, sampleRate, channels: 1 },
      { data, sampleRate, shape },
    ]) {
      expect(await take(own)).toEqual(expected);
    }
  });

  test.each<[string, object, typeof TypeError | typeof RangeError, string]>([
    ['no data', { data: undefined }, TypeError, '.data must be a Float32Array, got undefined'],
    [
      'float64',
      { data: new Float64Array(8) },
      TypeError,
      '.data must be a Float32Array, got an instance of Float64Array',
    ],
    ['no rate', { sampleRate: undefined }, TypeError, '.sampleRate must be a number, got undefined'],
    ['channels in words', { channels: '2' }, TypeError, ".channels must be a number, got '2'"],
    ['no channel', { channels: 0 }, RangeError, '.channels must be a whole number from 1 to '],
    ['channels of different length', { channels: 3 }, RangeError, '.data must hold the same number of samples'],
    ['another shape', { shape: [7] }, RangeError, '.shape must make the 8 samples of its data, got [7]'],
    [
      'two numbers of channels',
      { shape: [2, 4], channels: 1 },
      RangeError,
      '.channels must be that of its shape, 2, got 1',
    ],
    ['other frames', { frames: 7 }, RangeError, '.frames must be that of its data, 8, got 7'],
  ])('%s: the same error everywhere', (_name, wrong, Class, message) => {
    const audio = { data: new Float32Array(8), sampleRate: 16_000, ...wrong };
    const error = thrownBy(() => take(audio as AudioSamples));
    expect(error).toBeInstanceOf(Class);
    expect(error.message).toContain(`audio${message}`);
  });
});

describe('chunks of your own', () => {
  const channel = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i);
  async function* chunks(): AsyncGenerator<AudioSamples> {
    // Planar: the second channel counts from 100.
    for (const [from, length] of [
      [0, 3],
      [3, 5],
      [8, 2],
    ] as const) {
      const data = Float32Array.from([...channel(from, length), ...channel(100 + from, length)]);
      yield { data, sampleRate: 1000, channels: 2 };
    }
  }

  test('follow each other, where they state no position', async () => {
    const cut: unknown[] = [];
    for await (const { data, startFrame, start, shape, valid } of windows(chunks(), { frames: 4 })) {
      cut.push({ data: [...data], startFrame, start, shape, valid });
    }
    expect(cut).toEqual([
      { data: [0, 1, 2, 3, 100, 101, 102, 103], startFrame: 0, start: 0, shape: [2, 4], valid: 4 },
      { data: [4, 5, 6, 7, 104, 105, 106, 107], startFrame: 4, start: 0.004, shape: [2, 4], valid: 4 },
      { data: [8, 9, 108, 109], startFrame: 8, start: 0.008, shape: [2, 2], valid: 2 },
    ]);
  });

  test('are named in errors, by encodeStream and by windows alike', async () => {
    async function* wrong(): AsyncGenerator<AudioSamples> {
      yield* chunks();
      yield { data: [0.5] as unknown as Float32Array, sampleRate: 1000, channels: 2 };
    }
    const all = async (pieces: AsyncIterable<unknown>): Promise<void> => {
      for await (const _ of pieces);
    };
    const message = 'chunks[3].data must be a Float32Array, got an instance of Array';
    await expect(all(windows(wrong(), { frames: 4 }))).rejects.toThrow(message);
    await expect(all(encodeStream(wrong(), { format: 'wav' }))).rejects.toThrow(message);
  });
});

test('shared memory is copied: windows of it can be transferred', () => {
  const data = new Float32Array(new SharedArrayBuffer(40)).fill(0.5);
  const [first] = windows({ data, sampleRate: 1000 }, { frames: 10 });
  expect(first?.data).toEqual(new Float32Array(10).fill(0.5));
  expect(first?.data.buffer).toBeInstanceOf(ArrayBuffer);
});
