/** Files in memory to embeddings, 32 in flight: what a service sees, and whether its event loop stands still. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AudioDecoder } from '../../dist/index.js';
import { AudioTower } from '../../dist/tower/index.js';

const IN_FLIGHT = 32;
const RESOLUTION = 1;
const file = readFileSync(new URL('../../test/fixtures/speech/speech.mp3', import.meta.url));

export async function flow({ tower: folder, providers, batches, seconds, say }) {
  const decoder = new AudioDecoder({ sampleRate: 16_000 });
  const rows = [];
  for (const provider of providers) {
    say(`Files to embeddings: ${provider}`);
    const maxBatch = Math.max(...batches);
    const tower = await AudioTower.load(folder, { provider, precision: 'fp16', maxBatch, maxWaitMs: 5 });
    const one = async () => tower.embed(await decoder.decode(file));
    await Promise.all(Array.from({ length: IN_FLIGHT }, one));
    const loop = monitorEventLoopDelay({ resolution: RESOLUTION });
    loop.enable();
    const start = performance.now();
    let clips = 0;
    const lane = async () => {
      while (performance.now() - start < seconds * 1000) {
        await one();
        clips++;
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    const took = (performance.now() - start) / 1000;
    loop.disable();
    await tower.close();
    rows.push({ provider, clipsPerSecond: clips / took, loopP99: Math.max(0, loop.percentile(99) / 1e6 - RESOLUTION) });
  }
  return rows;
}
