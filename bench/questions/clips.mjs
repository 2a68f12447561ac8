/** How does it behave in a service: 64 short clips, 8 in flight, and an event loop with other work to do? */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, percentile } from '../report/statistics.mjs';

const ROWS = [
  ['10 s MP3', 'clip.mp3'],
  ['3 s WAV', 'short.wav'],
];
const RESOLUTION = 1;

/**
 * In the contender's process. The event loop's delay is what a timer of 1 ms had to wait beyond that.
 * The histogram is not reset before the start: a reset forgets the time of the last tick, so that a
 * contender which blocks throughout would go unrecorded.
 */
export async function inside({ decode, bytes, path }, { count, inFlight }) {
  const latencies = [];
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION });
  loop.enable();
  await sleep(5 * RESOLUTION);
  const start = performance.now();
  let next = 0;
  const lane = async () => {
    while (next++ < count) {
      const asked = performance.now();
      await decode(bytes, path);
      latencies.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const seconds = (performance.now() - start) / 1000;
  await sleep(5 * RESOLUTION);
  loop.disable();
  const delay = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
  return {
    perSecond: count / seconds,
    seconds,
    p95: percentile(latencies, 95),
    loopP99: delay(loop.percentile(99)),
    loopMax: delay(loop.max),
  };
}

/** @param {{contenders: any[], files: Record<string, any>, quick: boolean, progress: (text: string) => void}} run */
export async function measure({ contenders, files, quick, progress }) {
  const rows = [];
  for (const [label, name] of ROWS) {
    const cells = [];
    for (const contender of contenders.filter(({ entry }) => entry.kind !== 'floor')) {
      const cell = { contender, failed: contender.missing, rounds: [] };
      cells.push(cell);
      if (cell.failed === undefined) {
        await attempt(cell, () => contender.open(files[name].path));
        await attempt(cell, () => contender.ask('clips', { count: 8, inFlight: 8 }, 60));
      }
    }
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      for (const cell of cells) {
        progress(`64 clips of ${label}, 8 in flight, round ${round + 1}: ${cell.contender.name}`);
        await attempt(cell, async () =>
          cell.rounds.push(await cell.contender.ask('clips', { count: 64, inFlight: 8 }, 120)),
        );
      }
    }
    rows.push({ label, file: name, cells: cells.map(summary) });
  }
  return rows;
}

async function attempt(cell, action) {
  if (cell.failed !== undefined) return;
  try {
    await action();
  } catch (error) {
    cell.failed = /** @type {Error} */ (error).message;
  }
}

function summary({ contender, failed, rounds }) {
  const cell = { contender: contender.name, kind: contender.entry.kind };
  if (failed !== undefined) return { ...cell, failed };
  const middle = (key) => (rounds[0][key] === null ? null : median(rounds.map((round) => round[key])));
  return {
    ...cell,
    perSecond: middle('perSecond'),
    p95: middle('p95'),
    loopP99: middle('loopP99'),
    loopMax: middle('loopMax'),
  };
}
