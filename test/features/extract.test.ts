import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { type AudioSamples, FeatureExtractor } from '../../dist/features/index.js';
import { padBatch } from '../../dist/features/padding.js';
import { decode, LimitError, split } from '../../dist/index.js';
import { describeProviders } from '../../dist/onnx/index.js';
import { equalSamples } from '../decode/wav.js';
import { errorOf } from '../safe/outcome.js';
import { fixture, noise, rate } from './signals.js';

function clip(samples: number, seed = 1): AudioSamples {
  return { data: noise(samples, seed), sampleRate: rate };
}

describe.each(['native', 'cpu'] as const)('%s', (provider) => {
  const extractor = FeatureExtractor.whisper({ mels: 80, provider });
  afterAll(() => extractor.close());
  const alone = async (audio: AudioSamples) => (await extractor.extract(audio)).inputFeatures.data;

  // More than one run of the graph.
  test('a batch holds what each clip has alone', async () => {
    const clips = Array.from({ length: 10 }, (_, i) => clip(160 * (i + 1) ** 2 + i, i + 1));
    const { inputFeatures, frames } = await extractor.extract(clips);
    expect(inputFeatures.shape).toEqual([10, 80, 3000]);
    expect(frames).toEqual(clips.map(({ data }) => Math.ceil(data.length / 160)));
    for (const [i, each] of clips.entries()) {
      const row = inputFeatures.data.subarray(i * 240_000, (i + 1) * 240_000);
      expect(equalSamples(row, await alone(each))).toBe(true);
    }
  });

  test('a sample that is not finite is named, with its clip', async () => {
    for (const [value, word] of [
      [Number.NaN, 'NaN'],
      [Number.NEGATIVE_INFINITY, 'infinite'],
    ] as const) {
      const bad = clip(500);
      bad.data[321] = value;
      const error = await errorOf(extractor.extract([clip(1000), bad, clip(1000)]));
      expect(error).toMatchObject({ code: 'ERR_AUDIO_NON_FINITE', fault: 'server', retryable: false });
      expect(error.message).toBe(`sample 321 of audio[1] is ${word}`);
      expect(error.stack).toContain('extract.test');
    }
  });

  test('samples too large for a variance are refused, not turned into numbers', async () => {
    const loud = { data: new Float32Array(500).map((_, i) => (i % 2 ? 3e38 : -3e38)), sampleRate: rate };
    expect((await alone(loud)).every(Number.isFinite)).toBe(true);
    const error = await errorOf(extractor.extract([clip(1000), loud], { doNormalize: true }));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_NON_FINITE' });
    expect(error.message).toBe('the variance of audio[1] is not a finite float32');
  });

  test('memory that others may change is copied first, and what is given stays as it is', async () => {
    const { data } = clip(4000);
    const expected = await alone({ data, sampleRate: rate });
    const shared = new Float32Array(new SharedArrayBuffer(16_000));
    shared.set(data);
    const call = extractor.extract({ data: shared, sampleRate: rate });
    shared.fill(0);
    expect(equalSamples((await call).inputFeatures.data, expected)).toBe(true);
    const inner = new Float32Array(6000);
    inner.set(data, 1000);
    expect(equalSamples(await alone({ data: inner.subarray(1000, 5000), sampleRate: rate }), expected)).toBe(true);
    expect(equalSamples(data, noise(4000))).toBe(true);
  });

  test('an aborted signal rejects, and those that abort later', async () => {
    const reason = new Error('gone');
    const signal = AbortSignal.abort(reason);
    expect(await errorOf(extractor.extract(clip(100), { signal }))).toMatchObject({
      name: 'AbortError',
      cause: reason,
    });
    const controller = new AbortController();
    const call = extractor.extract(Array(8).fill(clip(480_000)), { signal: controller.signal });
    controller.abort(reason);
    expect(await errorOf(call)).toMatchObject({ name: 'AbortError', cause: reason });
    expect((await extractor.extract(clip(100))).frames).toEqual([1]);
  });

  test('all buffers can be transferred', async () => {
    const { inputFeatures, featureAttentionMask } = await extractor.extract([clip(480_000), clip(100)]);
    const transfer = [inputFeatures.data.buffer, featureAttentionMask.data.buffer];
    const copy = structuredClone({ inputFeatures, featureAttentionMask }, { transfer });
    expect(inputFeatures.data.length).toBe(0);
    expect(copy.inputFeatures.data.length).toBe(2 * 240_000);
  });
});

const extractor = FeatureExtractor.whisper({ mels: 128 });

test('decoded audio goes in as it is, and so do pieces of long audio', async () => {
  const audio = await decode(fixture('speech/speech.mp3'), { sampleRate: rate });
  const { frames, truncated } = await extractor.extract(audio);
  expect(frames).toEqual([Math.ceil(audio.frames / 160)]);
  expect(truncated).toEqual([0]);
  const pieces = [...split(audio, { maxSeconds: 1, searchSeconds: 0.5 })];
  expect(pieces.length).toBeGreaterThan(1);
  const batch = await extractor.extract(pieces, { padding: 'longest' });
  // What is left of a hop at the end of the longest has no frame.
  const total = Math.floor(Math.max(...pieces.map((piece) => piece.frames)) / 160);
  expect(batch.inputFeatures.shape).toEqual([pieces.length, 128, total]);
  expect(batch.frames).toEqual(pieces.map((piece) => Math.min(total, Math.ceil(piece.frames / 160))));
});

test('long audio is refused, or cut where that is asked for: never without a word', async () => {
  const audio = [clip(480_000), clip(480_160)];
  const error = await errorOf(extractor.extract(audio));
  expect(error).toBeInstanceOf(LimitError);
  expect(error).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'seconds', max: 30, actual: 30.01 });
  expect(error.message).toContain('audio[1] is 30.01 s long');
  const cut = await extractor.extract(audio, { truncation: true });
  expect(cut.truncated).toEqual([0, 160]);
  expect(cut.inputFeatures.shape).toEqual([2, 128, 3000]);
  // Without a length to pad to there is none to go beyond, as in transformers.
  const whole = await extractor.extract(audio, { padding: 'longest' });
  expect(whole.inputFeatures.shape).toEqual([2, 128, 3001]);
  expect(whole.frames).toEqual([3000, 3001]);
});

test('no samples, and too few, are typed errors', async () => {
  const empty = await errorOf(extractor.extract([clip(10), clip(0)]));
  expect(empty).toMatchObject({ code: 'ERR_AUDIO_EMPTY', message: 'audio[1] has no samples' });
  for (const padding of ['longest', 'none'] as const) {
    const short = await errorOf(extractor.extract(clip(159), { padding }));
    expect(short).toMatchObject({ code: 'ERR_AUDIO_TOO_SHORT', fault: 'client' });
    expect(short.message).toContain('159 samples');
    expect((await extractor.extract(clip(160), { padding })).inputFeatures.shape).toEqual([1, 128, 1]);
  }
  await using graph = FeatureExtractor.whisper({ mels: 80, provider: 'cpu' });
  const short = await errorOf(graph.extract(clip(200), { padding: 'none' }));
  expect(short).toMatchObject({ code: 'ERR_AUDIO_TOO_SHORT' });
  expect(short.message).toContain('needs 201');
});

test("with padding 'none' clips of different length make no batch", async () => {
  await expect(extractor.extract([clip(1000), clip(1001)], { padding: 'none' })).rejects.toThrow(
    new RangeError("with padding 'none' all clips must be equally long, got 1001 and 1000 samples"),
  );
});

test('the frames of the mask are those of transformers for clips of any length', async () => {
  const { rows } = JSON.parse(readFileSync(fixture('features/lengths.json'), 'utf8')) as { rows: number[][] };
  const every = rows.filter((_, i) => i % 150 === 1 || i > rows.length - 3);
  expect(every.length).toBeGreaterThan(10);
  for (const [samples, frames] of every as [number, number][]) {
    const audio = { data: new Float32Array(samples), sampleRate: rate };
    expect((await extractor.extract(audio, { truncation: true })).frames, `${samples} samples`).toEqual([frames]);
  }
});

test('the event loop goes on meanwhile', async () => {
  const clips = Array(16).fill(clip(480_000)) as AudioSamples[];
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns++;
    if (!done) setImmediate(turn);
  };
  turn();
  await extractor.extract(clips);
  done = true;
  expect(turns).toBeGreaterThan(100);
});

test('as many clips make a batch as memory holds, more than arguments fit on the stack', () => {
  const clips = Array(1_000_000).fill({ name: 'audio', samples: new Float32Array(201) });
  const preparation = { truncation: false, multiple: 1, normalize: false, signal: undefined };
  for (const padding of ['longest', 'none'] as const) {
    expect(padBatch(clips, { ...preparation, padding }, extractor.spec).length).toBe(201);
  }
});

describe('providers', async () => {
  const reports = (await describeProviders()).filter(({ provider }) => provider !== 'cpu');

  test.each(reports)('$provider, available: $available', async ({ provider, available }) => {
    const graph = FeatureExtractor.whisper({ mels: 128, provider });
    const audio = clip(48_000);
    if (!available) {
      expect(await errorOf(graph.extract(audio))).toMatchObject({ code: 'ERR_PROVIDER_UNAVAILABLE' });
    } else {
      const { inputFeatures } = await graph.extract(audio);
      const expected = (await extractor.extract(audio)).inputFeatures.data;
      const farthest = inputFeatures.data.reduce(
        (most, x, i) => Math.max(most, Math.abs(x - (expected[i] as number))),
        0,
      );
      // WebGPU has float32 alone.
      expect(farthest).toBeLessThan(provider === 'webgpu' ? 2e-4 : 1e-6);
    }
    await graph.close();
  });
});

test('closing the extractor of a graph waits for calls before their first run, and between two', async () => {
  const graph = FeatureExtractor.whisper({ mels: 80, provider: 'cpu' });
  const calls = [graph.extract(clip(100)), graph.extract(Array(9).fill(clip(480_000)))];
  let done = 0;
  for (const call of calls) call.then(() => done++);
  await graph.close();
  expect(done).toBe(2);
  expect((await Promise.all(calls)).map(({ frames }) => frames.length)).toEqual([1, 9]);
});

test.each(['cpu', 'native'] as const)(
  'a closed extractor (%s) says so; closing twice is no error',
  async (provider) => {
    const closed = { code: 'ERR_CLOSED', fault: 'server', retryable: false };
    const extractor = FeatureExtractor.whisper({ mels: 80, provider });
    const call = extractor.extract(clip(100));
    await call;
    await extractor.close();
    await extractor.close();
    expect(await errorOf(extractor.extract(clip(100)))).toMatchObject(closed);
    const unused = FeatureExtractor.whisper({ mels: 80, provider });
    await unused.close();
    expect(await errorOf(unused.extract(clip(100)))).toMatchObject(closed);
  },
);
