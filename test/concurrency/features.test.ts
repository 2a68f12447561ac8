import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { FeatureExtractor } from '../../dist/features/index.js';
import { native } from '../../dist/native/binding.js';
import { equalSamples } from '../decode/wav.js';
import { noise, rate } from '../features/signals.js';
import { until } from './long-audio.js';

const extractor = FeatureExtractor.whisper({ mels: 128 });
const library = new URL('../../dist/features/index.js', import.meta.url).href;

test('many calls at once give what each gives alone', async () => {
  const clips = Array.from({ length: 12 }, (_, i) => ({ data: noise(5000 * (i + 1), i + 1), sampleRate: rate }));
  const alone: Float32Array[] = [];
  for (const clip of clips) alone.push((await extractor.extract(clip)).inputFeatures.data);
  const together = await Promise.all(clips.map((clip) => extractor.extract(clip)));
  for (const [i, { inputFeatures }] of together.entries()) {
    expect(equalSamples(inputFeatures.data, alone[i] as Float32Array)).toBe(true);
  }
});

test('worker.terminate amid an extraction leaves the others running', async () => {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(library)}).then(({ FeatureExtractor }) => {
      const clip = { data: new Float32Array(480_000).fill(0.1), sampleRate: 16_000 };
      const extractor = FeatureExtractor.whisper({ mels: 128 });
      extractor.extract(Array(200).fill(clip));
      parentPort.postMessage('started');
    });`,
    { eval: true, execArgv: [] },
  );
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await until(() => native.load().running > 0);
  const own = extractor.extract({ data: noise(16_000), sampleRate: rate });
  await worker.terminate();
  expect((await own).frames).toEqual([100]);
  await until(() => native.load().running === 0);
});
