/** Measures a loader, in a process of its own: node load-child.mjs FILE ADDRESS ROUNDS. Prints JSON. */
import diagnostics from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { AudioDecoder } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { percentile } from '../report/statistics.mjs';
import { tagged } from './tagged.mjs';

const CLIPS = 200;
const HITS = 10_000;
const RESOLUTION = 1;
const [, , path, address, rounds] = process.argv;
const file = readFileSync(path);
const own = { sampleRate: 16_000, allowHttp: true, allowPrivateAddresses: true };
const decoder = new AudioDecoder({ sampleRate: 16_000 });

async function timed(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function settled(outcomes) {
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}

async function throughput(round) {
  const titles = Array.from({ length: CLIPS }, (_, i) => `/${round}-${i}`);
  const clips = titles.map((title) => tagged(file, title));
  const memory = await timed(async () => settled(await decoder.decodeAll(clips)));
  const loader = new AudioLoader(own);
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION });
  loop.enable();
  await sleep(5 * RESOLUTION);
  const load = await timed(async () => settled(await loader.loadAll(titles.map((title) => address + title))));
  await sleep(5 * RESOLUTION);
  loop.disable();
  await loader.close();
  return { memory, load, loopP99: Math.max(0, loop.percentile(99) / 1e6 - RESOLUTION) };
}

async function hits() {
  const loader = new AudioLoader(own);
  await loader.load(`${address}/hit`);
  const times = [];
  for (let i = 0; i < HITS; i++) {
    const start = performance.now();
    await loader.load(`${address}/hit`);
    times.push(performance.now() - start);
  }
  await loader.close();
  return percentile(times, 50);
}

/** 1000 loads of 10 addresses at once: how many downloads and decodes. */
async function together() {
  const loader = new AudioLoader(own);
  let decodes = 0;
  const count = () => decodes++;
  diagnostics.subscribe('cochlea:decode', count);
  const before = await requests();
  await Promise.all(Array.from({ length: 1000 }, (_, i) => loader.load(`${address}/together-${i % 10}`)));
  diagnostics.unsubscribe('cochlea:decode', count);
  await loader.close();
  return { downloads: (await requests()) - before, decodes };
}

const requests = async () => Number(await (await fetch(`${address}/requests`)).text());

await throughput('warm');
const results = [];
for (let round = 0; round < Number(rounds); round++) results.push(await throughput(round));
console.log(JSON.stringify({ rounds: results, hit: await hits(), ...(await together()) }));
