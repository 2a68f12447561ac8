/** Clips per second of the tower in float16, at each batch: features on the host → embeddings on the host. */

import { FeatureExtractor } from '../../dist/features/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { flatOut } from '../run/flat-out.mjs';
import { noise } from './signals.mjs';

export async function throughput({ tower: folder, providers, batches, seconds, say }) {
  const clip = noise(30);
  const extractor = FeatureExtractor.whisper({ mels: 128 });
  const rows = [];
  for (const provider of providers) {
    for (const batch of batches) {
      say(`Throughput: ${provider}, ${batch} at a time`);
      const features = await extractor.extract(Array.from({ length: batch }, () => clip));
      const tower = await AudioTower.load(folder, { provider, precision: 'fp16', maxBatch: batch });
      for (let i = 0; i < 3; i++) await tower.embed(features);
      const milliseconds = await flatOut(() => tower.embed(features), seconds);
      await tower.close();
      rows.push({ provider, batch, milliseconds, clipsPerSecond: (batch * 1000) / milliseconds });
    }
  }
  return rows;
}
