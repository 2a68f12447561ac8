/**
 * How much memory does a ten-minute decode take beyond its result? The peak is the kernel's own
 * high-water mark, so that nothing between two samples is missed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { median } from '../report/statistics.mjs';

const ROWS = ['long.mp3', 'long.flac', 'long.m4a', 'long.webm', 'long.ogg', 'long.wav'];

/** In the contender's process: its input is in memory before, and counts as none of its work. */
export async function inside({ decode, bytes, path }) {
  globalThis.gc?.();
  const before = resident('VmRSS');
  resetPeak();
  const samples = await decode(bytes, path);
  return { output: samples.byteLength, peak: resident('VmHWM') - before };
}

/** @param {'VmRSS' | 'VmHWM'} field @returns {number} bytes */
export function resident(field) {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1]) * 1024;
}

/** "5" sets the high-water mark back to what is resident now: proc(5), since Linux 4.0. */
export function resetPeak() {
  writeFileSync('/proc/self/clear_refs', '5');
}

/** @param {{contenders: any[], files: Record<string, any>, quick: boolean, progress: (text: string) => void}} run */
export async function measure({ contenders, files, quick, progress }) {
  const rows = [];
  for (const contender of contenders) {
    for (const name of ROWS) {
      progress(`memory: ${contender.name}, ${name}`);
      try {
        const rounds = [];
        for (let round = 0; round < (quick ? 1 : 3); round++) rounds.push(await inFreshProcess(contender, files, name));
        rows.push({
          contender: contender.name,
          file: name,
          output: rounds[0].output,
          peak: median(rounds.map(({ peak }) => peak)),
        });
      } catch (error) {
        rows.push({ contender: contender.name, file: name, failed: /** @type {Error} */ (error).message });
      }
    }
  }
  return rows;
}

/** The first decode brings in code and threads: a short one goes first. */
async function inFreshProcess(contender, files, name) {
  if (contender.missing !== undefined) throw new Error(contender.missing);
  contender.close();
  await contender.open(files['short.mp3'].path);
  await contender.ask('speed', {}, 60);
  await contender.open(files[name].path);
  return contender.ask('memory', {}, 120);
}
