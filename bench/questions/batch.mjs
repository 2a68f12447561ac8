/** What does one batch gain over one decode after another? 200 mixed clips of 1 to 10 seconds, from memory. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../report/statistics.mjs';
import { resetPeak, resident } from './memory.mjs';

const CLIPS = 200;
const RESOLUTION = 1;

/** In the contender's process, with all clips in memory: both ways, one right after the other. */
export async function inside({ decode, decodeAll }, { paths }) {
  if (decodeAll === undefined) throw new Error('decodes no batches');
  const clips = Array.from({ length: CLIPS }, (_, i) => new Uint8Array(readFileSync(paths[i % paths.length])));
  const before = resident('VmRSS');
  resetPeak();
  let results = 0;
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION });
  loop.enable();
  await sleep(5 * RESOLUTION);
  const batch = await timed(async () => {
    for (const { byteLength } of await decodeAll(clips)) results += byteLength;
  });
  await sleep(5 * RESOLUTION);
  loop.disable();
  const peak = resident('VmHWM') - before;
  const alone = await timed(async () => {
    for (const clip of clips) await decode(clip);
  });
  const loopP99 = Math.max(0, loop.percentile(99) / 1e6 - RESOLUTION);
  return { alone, batch, ratio: alone / batch, loopP99, peak, results };
}

/** @param {() => Promise<void>} work @returns {Promise<number>} seconds */
async function timed(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** @param {{contenders: any[], files: Record<string, any>, quick: boolean, progress: (text: string) => void}} run */
export async function measure({ contenders, files, quick, progress }) {
  const mixed = Object.entries(files).filter(([name]) => name.startsWith('mix-'));
  const paths = mixed.map(([, { path }]) => path);
  const rows = [];
  for (const contender of contenders) {
    try {
      if (contender.missing !== undefined) throw new Error(contender.missing);
      contender.close();
      await contender.open(paths[0]);
      // Later rounds run in memory that earlier ones have left behind.
      const { peak } = await contender.ask('batch', { paths }, 120);
      const rounds = [];
      for (let round = 0; round < (quick ? 3 : 7); round++) {
        progress(`batch: ${contender.name}, round ${round + 1}`);
        rounds.push(await contender.ask('batch', { paths }, 120));
      }
      const middle = (key) => [key, median(rounds.map((each) => each[key]))];
      rows.push({ contender: contender.name, ...Object.fromEntries(Object.keys(rounds[0]).map(middle)), peak });
    } catch (error) {
      rows.push({ contender: contender.name, failed: /** @type {Error} */ (error).message });
    }
  }
  return rows;
}
