import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { AudioTower, type TowerPrecision } from '../../dist/tower/index.js';
import { distance, fixtures, noise, reference, rowsOf, towerFolder, towerNames } from './reference.js';

/** Largest difference from transformers. The towers' own changes by a hundred times more when one thing is wrong. */
const tolerances = { fp32: 1e-4, fp16: 5e-3 } as const satisfies Partial<Record<TowerPrecision, number>>;

const expected = {
  'qwen2-audio': { architecture: 'qwen2-audio', dimension: 48, tokens: 750, samplesPerToken: 640, mels: 128 },
  whisper: { architecture: 'whisper-encoder', dimension: 32, tokens: 1500, samplesPerToken: 320, mels: 80 },
} as const;

describe.each(towerNames)('%s', (name) => {
  const golden = reference(name);

  describe.each(Object.entries(tolerances))('%s', (precision, tolerance) => {
    let tower: AudioTower;
    beforeAll(async () => {
      tower = await AudioTower.load(towerFolder(name), {
        provider: 'cpu',
        precision: precision as TowerPrecision,
        maxBatch: 5,
        maxWaitMs: 20,
      });
    });
    afterAll(() => tower.close());

    test('says what it is', () => {
      const { mels, ...facts } = expected[name];
      expect(tower.spec).toMatchObject(facts);
      expect(tower.spec.features).toMatchObject({ mels, sampleRate: 16_000, chunkLength: 480_000 });
      expect(tower).toMatchObject({ dimension: facts.dimension, precision, provider: 'cpu', declined: [] });
    });

    test.each(golden.batches)('batch $name is as transformers makes it', async ({ clips }) => {
      const result = await tower.embed(clips.map(({ samples, seed }) => noise(samples, seed)));
      expect(result.tokens).toEqual(clips.map(({ tokens }) => tokens));
      expect(result.audioFeatures.dtype).toBe('float32');
      const total = result.tokens.reduce((sum, tokens) => sum + tokens, 0);
      expect(result.audioFeatures.shape).toEqual([total, golden.dimension]);
      expect(result.audioFeatures.data).toHaveLength(total * golden.dimension);
      for (const [i, clip] of clips.entries()) expect(distance(result, i, clip, golden)).toBeLessThan(tolerance);
    });

    test('clips alone are as in a batch', async () => {
      for (const clip of golden.batches.flatMap(({ clips }) => clips).slice(0, 3)) {
        const result = await tower.embed(noise(clip.samples, clip.seed));
        expect(result.tokens).toEqual([clip.tokens]);
        expect(distance(result, 0, clip, golden)).toBeLessThan(tolerance);
      }
    });

    test.each(golden.files)('$file is decoded and encoded as there', async ({ file, samples, ...stored }) => {
      const audio = await decode(`${fixtures}${file}`, { sampleRate: 16_000 });
      expect(audio.frames).toBe(samples);
      const result = await tower.embed(audio);
      expect(result.tokens).toEqual([stored.tokens]);
      expect(distance(result, 0, stored, golden)).toBeLessThan(tolerance);
    });
  });

  test('int8 is another tower, but of the same form', async () => {
    await using tower = await AudioTower.load(towerFolder(name), { provider: 'cpu', precision: 'int8' });
    const [clip] = golden.batches.flatMap(({ clips }) => clips).slice(1);
    if (clip === undefined) throw new Error('no clip');
    const result = await tower.embed(noise(clip.samples, clip.seed));
    expect(result.tokens).toEqual([clip.tokens]);
    expect(distance(result, 0, clip, golden)).toBeGreaterThan(1e-4);
    expect(distance(result, 0, clip, golden)).toBeLessThan(2);
  });

  test('a single file is enough, with the word of what it is', async () => {
    const { architecture } = expected[name];
    await using tower = await AudioTower.load(`${towerFolder(name)}/model.onnx`, { provider: 'cpu', architecture });
    await using folder = await AudioTower.load(towerFolder(name), { provider: 'cpu' });
    expect(tower.spec).toEqual(folder.spec);
    expect(tower.precision).toBeUndefined();
    expect(folder.precision).toBe('fp32');
    const audio = noise(16_000, 2);
    expect(rowsOf(await tower.embed(audio), 0)).toEqual(rowsOf(await folder.embed(audio), 0));
  });
});

test('masks say which places hold audio', async () => {
  const clips = [noise(480, 1), noise(16_000, 2), noise(479_500, 3)];
  const ones = (data: Uint8Array, width: number): number[] =>
    clips.map((_, i) => {
      const row = data.subarray(i * width, (i + 1) * width);
      const count = row.reduce((sum, bit) => sum + bit, 0);
      expect(row.subarray(0, count).every((bit) => bit === 1)).toBe(true);
      return count;
    });
  await using qwen = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
  const pooled = await qwen.embed(clips);
  expect(pooled.mask).toMatchObject({ shape: [3, 750], dtype: 'bool' });
  expect(ones(pooled.mask.data, 750)).toEqual([1, 25, 749]);
  await using whisper = await AudioTower.load(towerFolder('whisper'), { provider: 'cpu' });
  const all = await whisper.embed(clips);
  expect(all.tokens).toEqual([1500, 1500, 1500]);
  expect(all.mask).toMatchObject({ shape: [3, 1500], dtype: 'bool' });
  // Positions of 3, 100 and 2997 frames: (m - 1) // 2 + 1.
  expect(ones(all.mask.data, 1500)).toEqual([2, 50, 1499]);
});
