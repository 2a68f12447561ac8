/** Does memory stay flat? 2000 decodes of a three-second MP3 in a row, resident memory after each 200. */
import { setTimeout as sleep } from 'node:timers/promises';

const STEP = 200;
const STEPS = 10;

/**
 * In the contender's process. Left alone, V8 collects when it sees fit, and the readings go up and
 * down; with `collect` it collects before each, and what still grows is a leak.
 */
export async function inside({ decode, bytes, path }, { collect }) {
  const resident = [];
  for (let step = 0; step < STEPS; step++) {
    for (let i = 0; i < STEP; i++) await decode(bytes, path);
    if (collect) {
      globalThis.gc?.();
      await sleep(100); // V8 frees the memory of array buffers on a thread of its own
    }
    resident.push(process.memoryUsage.rss());
  }
  return { step: STEP, resident };
}

/** @param {{contenders: any[], files: Record<string, any>, progress: (text: string) => void}} run */
export async function measure({ contenders, files, progress }) {
  const rows = [];
  for (const contender of contenders) {
    for (const collect of [false, true]) {
      progress(`steady: ${contender.name}${collect ? ', collecting' : ''}`);
      const row = { contender: contender.name, collect };
      try {
        if (contender.missing !== undefined) throw new Error(contender.missing);
        contender.close();
        await contender.open(files['short.mp3'].path);
        rows.push({ ...row, ...(await contender.ask('steady', { collect }, 600)) });
      } catch (error) {
        rows.push({ ...row, failed: /** @type {Error} */ (error).message });
      }
    }
  }
  return rows;
}
