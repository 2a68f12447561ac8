/** Ours, as a process: node features-child.mjs PROVIDER AUDIO.f32. One clip at a time, 128 mel bins. */
import { readFileSync, writeFileSync } from 'node:fs';
import { FeatureExtractor } from '../../dist/features/index.js';
import { answer } from './answering.mjs';

const [, , provider, path] = process.argv;
const all = new Float32Array(new Uint8Array(readFileSync(path)).buffer);
const extractor = FeatureExtractor.whisper({ mels: 128, provider });

await answer(async ({ samples, output }) => {
  const audio = { data: all.slice(0, samples), sampleRate: 16_000 };
  const start = performance.now();
  const { inputFeatures } = await extractor.extract(audio);
  const milliseconds = performance.now() - start;
  if (output) writeFileSync(output, inputFeatures.data);
  return { milliseconds };
});
await extractor.close();
