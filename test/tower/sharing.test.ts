import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AbortError, BusyError } from '../../dist/index.js';
import { OnnxSession } from '../../dist/onnx/index.js';
import { TowerEngine } from '../../dist/tower/engine.js';
import { type AudioEmbeddings, AudioTower } from '../../dist/tower/index.js';
import { errorOf } from '../safe/outcome.js';
import { noise, rowsOf, towerFolder } from './reference.js';
import { batchSize, featuresOf, visibleTower, wrongRows } from './visible.js';

const visible = visibleTower();
afterAll(() => visible[Symbol.dispose]());

const load = (options = {}): Promise<AudioTower> =>
  AudioTower.load(visible.path, { provider: 'cpu', architecture: 'qwen2-audio', ...options });

/** Valid frames of a clip, so that clips differ in length. */
const framesFor = (seed: number): number => 3 + ((seed * 37) % 2998);
const tokensOf = (frames: number): number => Math.floor((Math.floor((frames - 1) / 2) + 1 - 2) / 2) + 1;

const clip = (seed: number): readonly [number, number] => [seed, framesFor(seed)];

function expectOwn(result: AudioEmbeddings, seeds: readonly number[]): void {
  expect(result.tokens).toEqual(seeds.map((seed) => tokensOf(framesFor(seed))));
  for (const [i, seed] of seeds.entries()) expect(wrongRows(rowsOf(result, i) as Float32Array, seed)).toBe(0);
}

describe('many callers at a time', () => {
  test.each([1, 3, 8])('each get their own rows in their order, with batches of %d at most', async (maxBatch) => {
    // Long enough that a busy machine fills a batch as well.
    await using tower = await load({ maxBatch, maxWaitMs: 1000 });
    let seed = 0;
    const callers = Array.from({ length: 24 }, (_, i) => Array.from({ length: 1 + (i % 4) }, () => ++seed));
    const sizes = new Set<number>();
    await Promise.all(
      callers.map(async (seeds, i) => {
        await sleep(i % 5);
        const result = await tower.embed(featuresOf(seeds.map(clip)));
        expectOwn(result, seeds);
        for (const [k, each] of seeds.entries()) sizes.add(batchSize(rowsOf(result, k) as Float32Array, each));
      }),
    );
    expect(Math.max(...sizes)).toBe(maxBatch);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
  });

  test('are not disturbed by those who go', async () => {
    await using tower = await load({ maxBatch: 3, maxWaitMs: 1 });
    let aborted = 0;
    let served = 0;
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const controller = new AbortController();
        const seeds = [2 * i + 1, 2 * i + 2];
        const call = tower.embed(featuresOf(seeds.map(clip)), { signal: controller.signal });
        if (i % 3 === 0) setTimeout(() => controller.abort(new Error(`caller ${i}`)), (i * 7) % 50);
        try {
          expectOwn(await call, seeds);
          served++;
        } catch (error) {
          expect(error).toBeInstanceOf(AbortError);
          expect((error as AbortError).cause).toEqual(new Error(`caller ${i}`));
          aborted++;
        }
      }),
    );
    expect(served + aborted).toBe(60);
    expect(served).toBeGreaterThanOrEqual(40);
    expect(aborted).toBeGreaterThan(0);
  });
});

describe('a batch of fixed size', () => {
  let session: OnnxSession;
  beforeAll(async () => {
    session = await OnnxSession.open(visible.path, { provider: 'cpu' });
  });

  test('is filled up to a power of two, or to the most that there may be', async () => {
    await using tower = await load();
    const contract = {
      features: 'input_features',
      mask: 'feature_attention_mask',
      embeddings: 'audio_features',
      lengths: 'audio_feature_lengths',
    };
    const { spec } = tower;
    const options = { spec, contract, model: 'visible', maxBatch: 6, maxWaitMs: 50, fixedSizes: true };
    const engine = new TowerEngine(session, options);
    await engine.warm();
    const { signal } = new AbortController();
    for (const [clips, size] of [
      [1, 1],
      [2, 2],
      [3, 4],
      [5, 6],
      [6, 6],
    ] as const) {
      const seeds = Array.from({ length: clips }, (_, i) => i + 1);
      const rows = await Promise.all(
        seeds.map(async (seed) => {
          const { inputFeatures } = featuresOf([[seed, 3000]]);
          return engine.embed({ data: inputFeatures.data, frames: 3000 }, signal);
        }),
      );
      expect(rows.map((own, i) => wrongRows(own, i + 1))).toEqual(seeds.map(() => 0));
      expect(rows.map((own, i) => batchSize(own, i + 1))).toEqual(seeds.map(() => size));
    }
    await engine.close();
  });

  test('of another shape is refused, even with as many numbers', async () => {
    await using tower = await load();
    const contract = { features: 'input_features', mask: 'feature_attention_mask', embeddings: 'audio_features' };
    const spec = { ...tower.spec, tokens: 1500, dimension: 64 };
    const options = { spec, model: 'visible', maxBatch: 1, maxWaitMs: 0, fixedSizes: false };
    const own = await OnnxSession.open(visible.path, { provider: 'cpu' });
    const engine = new TowerEngine(own, { ...options, contract: { ...contract, lengths: undefined } });
    const { data } = featuresOf([[1, 3000]]).inputFeatures;
    const error = await errorOf(engine.embed({ data, frames: 3000 }, new AbortController().signal));
    expect(error.code).toBe('ERR_MODEL_INVALID');
    expect(error.message).toContain('gave audio_features of shape [1, 750, 128], not [1, 1500, 64]');
    await engine.close();
  });

  test('gives the clips of a real tower what they have alone', async () => {
    await using tower = await AudioTower.load(towerFolder('qwen2-audio'), {
      provider: 'cpu',
      maxBatch: 4,
      maxWaitMs: 50,
      warm: true,
    });
    const clips = [noise(16_000, 1), noise(9000, 2), noise(480_000, 3)];
    const together = await tower.embed(clips);
    for (const [i, each] of clips.entries()) {
      const alone = rowsOf(await tower.embed(each), 0);
      const rows = rowsOf(together, i);
      expect(rows.length).toBe(alone.length);
      const far = rows.reduce((most, value, k) => Math.max(most, Math.abs(value - (alone[k] as number))), 0);
      expect(far).toBeLessThan(2e-5);
    }
  });
});

describe('a call that is aborted', () => {
  test('before it begins does nothing', async () => {
    await using tower = await load();
    const error = await errorOf(tower.embed(featuresOf([clip(1)]), { signal: AbortSignal.abort('no') }));
    expect(error).toBeInstanceOf(AbortError);
    expect(error.cause).toBe('no');
  });

  test('at any moment rejects at once, and the tower goes on', async () => {
    await using tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
    const audio = [noise(480_000, 1), noise(320_000, 2), noise(160_000, 3)];
    const expected = await tower.embed(audio);
    const started = performance.now();
    await tower.embed(audio);
    const whole = performance.now() - started;
    const late: number[] = [];
    for (let step = 0; step < 12; step++) {
      const controller = new AbortController();
      const call = tower.embed(audio, { signal: controller.signal });
      setTimeout(() => controller.abort(), (whole * step) / 10);
      let at = 0;
      controller.signal.addEventListener('abort', () => (at = performance.now()));
      try {
        const result = await call;
        expect(result.audioFeatures.data).toEqual(expected.audioFeatures.data);
      } catch (error) {
        expect(error).toBeInstanceOf(AbortError);
        late.push(performance.now() - at);
      }
    }
    // A run cannot be stopped: waiting for it would take half of one on average. A busy machine may be late once.
    const median = late.sort((a, b) => a - b)[late.length >> 1] as number;
    console.log(
      `three clips: ${whole.toFixed()} ms; an abort took ${median.toFixed(1)} ms, ${late.at(-1)?.toFixed(1)} ms at most`,
    );
    expect(median).toBeLessThan(whole / 3 / 4);
    expect((await tower.embed(audio)).audioFeatures.data).toEqual(expected.audioFeatures.data);
  });

  test('leaves the queue, so that who waits behind it comes sooner', async () => {
    await using tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
    const audio = noise(16_000, 1);
    const started = performance.now();
    await tower.embed(audio);
    const one = performance.now() - started;
    const controller = new AbortController();
    const first = tower.embed(audio);
    const many = Array.from({ length: 20 }, () => errorOf(tower.embed(audio, { signal: controller.signal })));
    const last = tower.embed(audio);
    controller.abort();
    const errors = await Promise.all(many);
    expect(errors.every((error) => error instanceof AbortError)).toBe(true);
    const again = performance.now();
    await Promise.all([first, last]);
    expect(performance.now() - again).toBeLessThan(10 * one);
  });
});

describe('a tower that is busy', () => {
  test('refuses more than may wait', async () => {
    await using tower = await load({ maxBatch: 1, maxQueue: 2 });
    // One call may bring more than may wait: it is what waits already that counts.
    const first = tower.embed(featuresOf([1, 2, 3, 4].map(clip)));
    const error = await errorOf(tower.embed(featuresOf([clip(5)])));
    expect(error).toBeInstanceOf(BusyError);
    expect(error).toMatchObject({ code: 'ERR_BUSY', fault: 'server', retryable: true });
    expectOwn(await first, [1, 2, 3, 4]);
    expectOwn(await tower.embed(featuresOf([clip(5)])), [5]);
  });

  test('with room for none lets as many in as run', async () => {
    await using tower = await load({ maxBatch: 2, maxQueue: 0 });
    const calls = [1, 2, 3].map((seed) => tower.embed(featuresOf([clip(seed)])));
    const [a, b, c] = await Promise.allSettled(calls);
    expect([a?.status, b?.status, c?.status]).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });
});

test('hours of audio neither fill the queue nor hold up the clips of others', async () => {
  await using tower = await load({ maxBatch: 1, maxQueue: 2 });
  let over = false;
  const hours = tower.embed(noise(16_000 * 30 * 60, 1), { long: 'windows', overlap: 0 }).then(() => {
    over = true;
  });
  await tower.embed(featuresOf([clip(1)]));
  await tower.embed(featuresOf([clip(2)]));
  expect(over).toBe(false);
  await hours;
});

describe('closing', () => {
  test('waits for the calls that were made, and takes no more', async () => {
    const tower = await load({ maxBatch: 2 });
    const calls = [1, 2, 3, 4, 5].map((seed) => tower.embed(featuresOf([clip(seed)])));
    let served = 0;
    for (const call of calls) call.then(() => served++);
    const closed = tower.close();
    const late = errorOf(tower.embed(featuresOf([clip(6)])));
    expect(tower.close()).toBe(closed);
    await closed;
    expect(served).toBe(5);
    for (const [i, call] of calls.entries()) expectOwn(await call, [i + 1]);
    expect(await late).toMatchObject({
      code: 'ERR_CLOSED',
      fault: 'server',
      retryable: false,
      message: 'the tower was closed',
    });
    expect((await errorOf(tower.embed(noise(16_000, 1)))).message).toBe('the tower was closed');
    await tower.close();
  });

  test('while a call fails or is aborted still ends', async () => {
    const tower = await load();
    const controller = new AbortController();
    const calls = [1, 2, 3].map((seed) =>
      errorOf(tower.embed(featuresOf([clip(seed)]), { signal: controller.signal })),
    );
    const audio = noise(16_000, 1);
    audio.data[5] = Number.POSITIVE_INFINITY;
    const failing = errorOf(tower.embed(audio));
    const closed = tower.close();
    controller.abort();
    await closed;
    for (const call of calls) expect(await call).toBeInstanceOf(AbortError);
    expect(await failing).toMatchObject({ code: 'ERR_AUDIO_NON_FINITE' });
  });
});

test('one bad clip fails its call, and no other', async () => {
  await using tower = await load({ maxBatch: 4, maxWaitMs: 20 });
  const bad = noise(16_000, 1);
  bad.data[100] = Number.NaN;
  const failing = errorOf(tower.embed([noise(16_000, 1), bad, noise(16_000, 2)]));
  const others = [1, 2, 3].map((seed) => tower.embed(featuresOf([clip(seed)])));
  expect(await failing).toMatchObject({ code: 'ERR_AUDIO_NON_FINITE', label: 'audio[1]' });
  for (const [i, other] of others.entries()) expectOwn(await other, [i + 1]);
});

describe('of the calls that share a batch', () => {
  test('one whose embeddings are no numbers fails alone', async () => {
    using huge = visibleTower(1e30);
    const options = { provider: 'cpu', architecture: 'qwen2-audio', maxBatch: 3, maxWaitMs: 10_000 } as const;
    await using tower = await AudioTower.load(huge.path, options);
    const bad = featuresOf([clip(2)]);
    bad.inputFeatures.data[0] = 1e10;
    const [before, failing, after] = [
      tower.embed(featuresOf([clip(1)])),
      errorOf(tower.embed(bad)),
      tower.embed(featuresOf([clip(3)])),
    ];
    expect(await failing).toMatchObject({ code: 'ERR_MODEL_FAILED' });
    expect((await before).audioFeatures.data[0]).toBe(Math.fround(Math.fround(1) * Math.fround(1e30)));
    expect((await after).audioFeatures.data[0]).toBe(Math.fround(Math.fround(3) * Math.fround(1e30)));
  });

  test('one that was aborted, and whose features are its caller’s again, disturbs no other', async () => {
    await using tower = await load({ maxBatch: 8, maxWaitMs: 10_000 });
    const controller = new AbortController();
    const mine = featuresOf([clip(8)]);
    const others = [1, 2, 3, 4, 5, 6, 7].map((seed) => tower.embed(featuresOf([clip(seed)])));
    const aborted = errorOf(tower.embed(mine, { signal: controller.signal }));
    const { buffer } = mine.inputFeatures.data;
    // The batch is full and being put together, clip by clip: mine, the last, is not in it yet.
    let turns = 0;
    const move = (): void => {
      if (++turns < 12) setImmediate(move);
      else controller.abort();
    };
    move();
    expect(await aborted).toBeInstanceOf(AbortError);
    structuredClone(buffer, { transfer: [buffer] });
    for (const [i, other] of others.entries()) expectOwn(await other, [i + 1]);
  });

  test('one whose features are transferred meanwhile fails alone', async () => {
    await using tower = await load({ maxBatch: 2, maxWaitMs: 500 });
    const mine = featuresOf([clip(1)]);
    const failing = errorOf(tower.embed(mine));
    await sleep(100);
    const { buffer } = mine.inputFeatures.data;
    structuredClone(buffer, { transfer: [buffer] });
    const other = tower.embed(featuresOf([clip(2)]));
    const error = await failing;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('was transferred elsewhere');
    expectOwn(await other, [2]);
  });
});

test('a call that fails makes room for others at once', async () => {
  await using tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu', maxQueue: 0 });
  const bad = noise(16_000, 1);
  bad.data[0] = Number.NaN;
  const clips = Array.from({ length: 10 }, () => noise(16_000, 2));
  const started = performance.now();
  expect(await errorOf(tower.embed([bad, ...clips]))).toMatchObject({ label: 'audio[0]' });
  const failed = performance.now();
  // Nothing of the ten waits any more, or this would be one too many.
  expect((await tower.embed(noise(16_000, 3))).tokens).toEqual([25]);
  const again = performance.now();
  await tower.embed(clips);
  expect(failed - started).toBeLessThan((performance.now() - again) / 2);
});
