import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AudioTooShortError,
  CochleaError,
  decode,
  EmptyAudioError,
  LimitError,
  NonFiniteError,
  windows,
} from '../../dist/index.js';
import { type AudioSamples, AudioTower, type EmbedOptions, type TowerOptions } from '../../dist/tower/index.js';
import { errorOf, thrownBy } from '../safe/outcome.js';
import { fixtures, noise, rowsOf, towerFolder } from './reference.js';
import { featuresOf, visibleTower } from './visible.js';

let tower: AudioTower;
beforeAll(async () => {
  tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
});
afterAll(() => tower.close());

const silence = (samples: number): AudioSamples => ({ data: new Float32Array(samples), sampleRate: 16_000 });

describe('audio that gives no embeddings is an error that says why', () => {
  test('no samples', async () => {
    const error = await errorOf(tower.embed(silence(0)));
    expect(error).toBeInstanceOf(EmptyAudioError);
    expect(error.message).toBe('audio has no samples');
  });

  test.each([1, 160, 161, 320])('%d samples are too few for a token', async (samples) => {
    const error = await errorOf(tower.embed([silence(16_000), silence(samples)]));
    expect(error).toBeInstanceOf(AudioTooShortError);
    expect(error).toMatchObject({ code: 'ERR_AUDIO_TOO_SHORT', fault: 'client', label: 'audio[1]' });
    expect(error.message).toBe(
      `audio[1] has ${samples} samples (${samples / 16_000} s), too few for a token of qwen2-audio: it needs 321 samples`,
    );
  });

  test('321 samples are enough', async () => {
    expect((await tower.embed(silence(321))).tokens).toEqual([1]);
  });

  test('features of too few frames', async () => {
    const error = await errorOf(
      tower.embed(
        featuresOf([
          [0, 3000],
          [0, 2],
        ]),
      ),
    );
    expect(error).toBeInstanceOf(AudioTooShortError);
    expect(error.message).toBe('audio[1] has 2 valid frames, too few for a token of qwen2-audio: it needs 3 frames');
    expect((await tower.embed(featuresOf([[0, 3]]))).tokens).toEqual([1]);
  });

  test('a sample that is no number', async () => {
    const audio = noise(16_000, 1);
    audio.data[777] = Number.NaN;
    const error = await errorOf(tower.embed([noise(1000, 1), noise(1000, 2), audio]));
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error.label).toBe('audio[2]');
    expect(error.message).toContain('777');
  });

  test('more than 30 s', async () => {
    expect((await tower.embed(silence(480_000))).tokens).toEqual([750]);
    const error = await errorOf(tower.embed(silence(480_001)));
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ limit: 'seconds', max: 30, actual: 480_001 / 16_000, label: 'audio' });
    expect(error.message).toContain("options.long: 'windows' or 'split'");
  });
});

describe('wrong arguments throw at the call', () => {
  const audio = silence(16_000);
  test.each<[string, unknown, EmbedOptions | undefined, string]>([
    ['no audio', undefined, undefined, 'audio must be an object with data and sampleRate, got undefined'],
    ['a path', 'speech.wav', undefined, "audio must be an object with data and sampleRate, got 'speech.wav'"],
    ['no clips', [], undefined, 'audio must hold at least one clip, got an empty array'],
    ['bytes', [audio, new Uint8Array(8)], undefined, 'audio[1].data must be a Float32Array, got undefined'],
    [
      'another rate',
      { ...audio, sampleRate: 44_100 },
      undefined,
      'audio.sampleRate must be 16000, got 44100: decode with sampleRate: 16000',
    ],
    ['no rate', { data: audio.data }, undefined, 'audio.sampleRate must be a number, got undefined'],
    [
      'two channels',
      [{ ...audio, channels: 2 }],
      undefined,
      'audio[0].channels must be 1, got 2: decode with channels: 1',
    ],
    [
      'what to do with long audio',
      audio,
      { long: 'truncate' } as unknown as EmbedOptions,
      "options.long must be 'error' or 'windows' or 'split', got 'truncate'",
    ],
    [
      'an unknown option',
      audio,
      { lang: 'en' } as EmbedOptions,
      'options.lang is not an option; there are: long, overlap, signal',
    ],
    ['a signal', audio, { signal: {} as AbortSignal }, 'options.signal must be an AbortSignal'],
    ['an overlap without windows', audio, { overlap: 5 }, "options.overlap goes with long: 'windows'"],
    [
      'an overlap as long as a window',
      audio,
      { long: 'windows', overlap: 30 },
      'options.overlap must be from 0 to less than 30 seconds, got 30',
    ],
    [
      'a negative overlap',
      audio,
      { long: 'windows', overlap: -1 },
      'options.overlap must be from 0 to less than 30 seconds, got -1',
    ],
    [
      'an overlap between tokens',
      audio,
      { long: 'windows', overlap: 0.05 },
      'options.overlap must be a multiple of a token, 0.04 seconds, got 0.05',
    ],
    [
      'an overlap that is no number',
      audio,
      { long: 'windows', overlap: '5' as unknown as number },
      "options.overlap must be a number of seconds, got '5'",
    ],
  ])('%s', (_, value, options, message) => {
    const error = thrownBy(() => tower.embed(value as AudioSamples, options));
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
    expect(error.message).toContain(message);
  });

  test('features of another form', () => {
    const good = featuresOf([[0, 100]]);
    const wrong = (change: object): string => thrownBy(() => tower.embed({ ...good, ...change })).message;
    expect(wrong({ inputFeatures: { ...good.inputFeatures, shape: [1, 80, 3000] } })).toBe(
      'audio.inputFeatures must be float32 [1, 128, 3000], got the shape [1, 80, 3000]',
    );
    expect(wrong({ inputFeatures: { ...good.inputFeatures, data: new Float32Array(5) } })).toBe(
      'audio.inputFeatures.data must have 384000 elements, got 5',
    );
    expect(wrong({ featureAttentionMask: undefined })).toContain(
      'audio.featureAttentionMask must be a tensor, int32 [1, 3000]',
    );
    expect(wrong({ frames: [] })).toContain('audio.frames must be an array');
    expect(wrong({ frames: [3001] })).toContain('audio.frames[0] must be a whole number from 0 to 3000');
    expect(wrong({ frames: [99] })).toBe(
      'audio.featureAttentionMask must have 1 for the valid frames of each clip, and 0 after them',
    );
  });

  test.each<[string, unknown, TowerOptions, string]>([
    ['a path that is none', 7, {}, "path must be a path or a 'file:' URL, got 7"],
    ['an address', new URL('https://example.com/model'), {}, "path must be a path or a 'file:' URL"],
    [
      'a provider',
      'x',
      { provider: 'rocm' as 'cpu' },
      "options.provider must be 'auto' or 'cuda' or 'webgpu' or 'cpu', got 'rocm'",
    ],
    [
      'a precision',
      'x',
      { precision: 'fp8' as 'fp16' },
      "options.precision must be 'fp32' or 'fp16' or 'int8', got 'fp8'",
    ],
    [
      'a dtype',
      'x',
      { dtype: 'float64' as 'float32' },
      "options.dtype must be 'float32' or 'float16' or 'bfloat16', got 'float64'",
    ],
    [
      'an architecture',
      'x',
      { architecture: 'voxtral' as 'qwen2-audio' },
      "options.architecture must be 'qwen2-audio' or 'whisper-encoder', got 'voxtral'",
    ],
    ['a batch', 'x', { maxBatch: 0 }, 'options.maxBatch must be a whole number from 1 to 256, got 0'],
    ['a wait', 'x', { maxWaitMs: -1 }, 'options.maxWaitMs must be a whole number from 0 to 60000, got -1'],
    ['a queue', 'x', { maxQueue: 0.5 }, 'options.maxQueue must be a whole number'],
    ['verify', 'x', { verify: 'no' as unknown as boolean }, "options.verify must be true or false, got 'no'"],
    ['warm', 'x', { warm: 1 as unknown as boolean }, 'options.warm must be true or false, got 1'],
    ['an unknown option', 'x', { cores: 2 } as TowerOptions, 'options.cores is not an option'],
    [
      'an architecture of a folder',
      towerFolder('whisper'),
      { architecture: 'whisper-encoder' },
      'options.architecture goes with a single .onnx file, not a folder',
    ],
    [
      'no architecture of a file',
      `${towerFolder('whisper')}/model.onnx`,
      {},
      'options.architecture must say what the model',
    ],
    [
      'a precision of a file',
      `${towerFolder('whisper')}/model.onnx`,
      { architecture: 'whisper-encoder', precision: 'fp32' },
      'options.precision goes with a folder',
    ],
  ])('to load: %s', async (_, path, options, message) => {
    const error = await errorOf(AudioTower.load(path as string, options));
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
    expect(error).not.toBeInstanceOf(CochleaError);
    expect(error.message).toContain(message);
  });
});

describe('long audio', () => {
  test('windows give the embeddings of each, joined in the middle of what they share', async () => {
    const audio = noise(480_000 * 2 + 200_000, 5);
    const { tokens, pieces, audioFeatures, mask } = await tower.embed(audio, { long: 'windows', overlap: 2.04 });
    // 51 tokens are shared, of which the later window gives 26.
    const parts = [...windows(audio, { seconds: 30, overlap: 2.04 })];
    expect(parts).toHaveLength(3);
    const expected: number[] = [];
    for (const [i, part] of parts.entries()) {
      const rows = rowsOf(await tower.embed(part), 0);
      const from = i === 0 ? 0 : 25;
      expected.push(...rows.subarray(from * 48, i === 2 ? undefined : (750 - 26) * 48));
    }
    expect(audioFeatures.shape).toEqual([expected.length / 48, 48]);
    expect(Array.from(audioFeatures.data)).toEqual(expected);
    // 1 160 000 samples: 7250 frames, 3625 positions, 1812 tokens.
    expect(tokens).toEqual([1812]);
    const hop = 480_000 - 51 * 640;
    expect(pieces).toEqual([
      [
        { startSample: 0, tokens: 724 },
        { startSample: hop + 25 * 640, tokens: 699 },
        { startSample: 2 * hop + 25 * 640, tokens: 1812 - 724 - 699 },
      ],
    ]);
    expect(mask.shape).toEqual([1, 1812]);
    expect(mask.data.every((bit) => bit === 1)).toBe(true);
  });

  test('beside short audio, each has its own rows', async () => {
    const clips = [noise(16_000, 1), noise(500_000, 2), noise(8000, 3)];
    const result = await tower.embed(clips, { long: 'split' });
    const [long] = result.pieces.slice(1);
    expect(result.pieces.map((pieces) => pieces.length)).toEqual([1, 2, 1]);
    expect(long?.[0]?.startSample).toBe(0);
    const cut = long?.[1]?.startSample as number;
    // Half of it, and the half second of the search on either side.
    expect(Math.abs(cut - 250_000)).toBeLessThanOrEqual(8000);
    expect(result.mask.shape).toEqual([3, Math.max(750, result.tokens[1] as number)]);
    expect(rowsOf(result, 0)).toEqual(rowsOf(await tower.embed(clips[0] as AudioSamples), 0));
    expect(rowsOf(result, 2)).toEqual(rowsOf(await tower.embed(clips[2] as AudioSamples), 0));
    const { data } = clips[1] as AudioSamples;
    const parts = [data.subarray(0, cut), data.subarray(cut)].map((each) => ({ data: each, sampleRate: 16_000 }));
    const expected = await tower.embed(parts);
    expect(rowsOf(result, 1)).toEqual(expected.audioFeatures.data);
  });

  test("of Whisper ends with its audio, while a clip's padding is encoded too", async () => {
    await using whisper = await AudioTower.load(towerFolder('whisper'), { provider: 'cpu' });
    const result = await whisper.embed([noise(16_000, 1), noise(500_000, 2)], { long: 'windows', overlap: 1 });
    expect(result.tokens).toEqual([1500, 1563]);
    const ones = [0, 1].map((row) =>
      result.mask.data.subarray(row * 1563, (row + 1) * 1563).reduce((sum, bit) => sum + bit, 0),
    );
    expect(result.mask.shape).toEqual([2, 1563]);
    expect(ones).toEqual([50, 1563]);
  });
});

test('decoded audio, chunks, windows and plain objects are all audio', async () => {
  const audio = await decode(`${fixtures}speech/speech.wav`, { sampleRate: 16_000 });
  const rows = (await tower.embed(audio)).audioFeatures.data;
  expect((await tower.embed({ data: audio.data, sampleRate: 16_000 })).audioFeatures.data).toEqual(rows);
  const [window] = windows(audio, { seconds: 30 });
  if (window === undefined) throw new Error('no window');
  expect((await tower.embed(window)).audioFeatures.data).toEqual(rows);
  // A part of a larger buffer.
  const larger = new Float32Array(audio.frames + 100);
  larger.set(audio.data, 50);
  const view = { data: larger.subarray(50, 50 + audio.frames), sampleRate: 16_000 };
  expect((await tower.embed(view)).audioFeatures.data).toEqual(rows);
});

describe('16-bit embeddings', () => {
  /** The value of each bit pattern, by the definition of the format. */
  const decoders = {
    float16: (bits: number): number => {
      const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
      const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
      return bits >> 15 ? -magnitude : magnitude;
    },
    bfloat16: (bits: number): number => new Float32Array(Uint32Array.of(bits << 16).buffer)[0] as number,
  };

  test.each([
    ['float16', 2 ** -11],
    ['bfloat16', 2 ** -8],
  ] as const)('%s are the nearest to those in float32', async (dtype, step) => {
    await using half = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu', dtype });
    const clips = [noise(16_000, 1), noise(40_000, 2)];
    const [exact, result] = [await tower.embed(clips), await half.embed(clips)];
    expect(result.audioFeatures).toMatchObject({ dtype, shape: exact.audioFeatures.shape });
    expect(result.audioFeatures.data).toBeInstanceOf(Uint16Array);
    expect(result).toMatchObject({ tokens: exact.tokens, mask: exact.mask, pieces: exact.pieces });
    const wrong = Array.from(exact.audioFeatures.data).filter((value, i) => {
      const near = decoders[dtype](result.audioFeatures.data[i] as number);
      return !(Math.abs(near - value) <= Math.max(Math.abs(value) * step, 2 ** -25));
    });
    expect(wrong).toEqual([]);
  });
});

test('embeddings that are no numbers are an error', async () => {
  using visible = visibleTower(1e30);
  await using shown = await AudioTower.load(visible.path, { provider: 'cpu', architecture: 'qwen2-audio' });
  for (const sign of [1, -1]) {
    // What goes into this tower comes out of it: token 3 is frame 12.
    const features = featuresOf([[1, 100]]);
    features.inputFeatures.data[12] = sign * 1e10;
    const error = await errorOf(shown.embed(features));
    expect(error).toMatchObject({ code: 'ERR_MODEL_FAILED', fault: 'server' });
    expect(error.message).toContain(`gave ${sign * Number.POSITIVE_INFINITY} for token 3`);
  }
  // Beyond the audio it does not matter.
  const features = featuresOf([[1, 100]]);
  features.inputFeatures.data[2000] = 1e10;
  expect((await shown.embed(features)).tokens).toEqual([25]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'features that hold %s are refused, and the clip is named',
  async (value) => {
    // int8 would take the scale of all from it, and give numbers.
    const options = { provider: 'cpu', precision: 'int8' } as const;
    await using whole = await AudioTower.load(towerFolder('qwen2-audio'), options);
    const features = featuresOf([
      [1, 100],
      [2, 100],
    ]);
    // In the padding of the second clip: it is seen by the convolutions, and counts in the scale.
    features.inputFeatures.data[128 * 3000 + 200] = value;
    const error = await errorOf(whole.embed(features));
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error).toMatchObject({ code: 'ERR_AUDIO_NON_FINITE', label: 'audio[1]' });
    expect(error.message).toBe(`feature 200 of audio[1] is ${value}`);
  },
);
