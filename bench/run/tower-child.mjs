/** Measures a tower, in a process of its own: node --expose-gc tower-child.mjs QUESTION. Prints JSON. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FeatureExtractor } from '../../dist/features/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { noise } from '../gpu/signals.mjs';
import { flatOut } from './flat-out.mjs';

const RESOLUTION = 1;
const STEPS = 10;
const small = fileURLToPath(new URL('../../test/fixtures/towers/qwen2-audio', import.meta.url));

/** Milliseconds of one run, features → embeddings, flat out. */
async function speed({ folder, precision, batch, seconds }) {
  const tower = await AudioTower.load(folder, { provider: 'cpu', precision, maxBatch: batch });
  const clips = Array.from({ length: batch }, () => noise(30));
  const features = await FeatureExtractor.whisper({ mels: 128 }).extract(clips);
  await tower.embed(features);
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION });
  loop.enable();
  const milliseconds = await flatOut(() => tower.embed(features), seconds);
  loop.disable();
  await tower.close();
  return { milliseconds, loopP99: Math.max(0, loop.percentile(99) / 1e6 - RESOLUTION) };
}

/** Resident memory after each tenth of the runs. */
async function steady(runs) {
  const tower = await AudioTower.load(small, { provider: 'cpu' });
  const clips = [noise(30), noise(3)];
  const resident = [];
  for (let step = 0; step < STEPS; step++) {
    for (let i = 0; i < runs / STEPS; i++) await tower.embed(clips);
    globalThis.gc?.();
    await sleep(100); // V8 frees the memory of array buffers on a thread of its own
    resident.push(process.memoryUsage.rss());
  }
  await tower.close();
  return { runs, resident };
}

const question = JSON.parse(process.argv[2]);
console.log(JSON.stringify(question.steady ? await steady(question.steady) : await speed(question)));
