/**
 * One ten-minute file on all cores: `parallel: 'auto'` against `'off'`, with pools of 1, 2, 4 and 8 threads. The
 * size of a pool is set once per process, so each measurement has a process of its own.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { median } from '../report/statistics.mjs';

const run = promisify(execFile);
const THREADS = [1, 2, 4, 8];
const FILES = ['long.mp3', 'long.flac', 'long.nopns.m4a', 'long.m4a'];

const root = new URL('../../', import.meta.url);
const script = (path, threads) => `
  import { readFileSync } from 'node:fs';
  import { decode } from '${new URL('dist/index.js', root).href}';
  import { native } from '${new URL('dist/native/binding.js', root).href}';
  native.setThreads(${threads});
  const bytes = new Uint8Array(readFileSync(${JSON.stringify(path)}));
  const time = async (parallel) => {
    const start = performance.now();
    await decode(bytes, { sampleRate: 16_000, parallel });
    return performance.now() - start;
  };
  await time('auto');
  console.log(JSON.stringify({ off: await time('off'), auto: await time('auto') }));`;

/** @param {{files: Record<string, any>, quick: boolean, progress: (text: string) => void}} run */
export async function measure({ files, quick, progress }) {
  const rounds = new Map();
  for (let round = 0; round < (quick ? 1 : 7); round++) {
    for (const file of FILES) {
      for (const threads of THREADS) {
        progress(`parallel: ${file}, ${threads} threads, round ${round + 1}`);
        const args = ['--input-type=module', '--eval', script(files[file].path, threads)];
        const { stdout } = await run(process.execPath, args);
        const key = `${file} ${threads}`;
        rounds.set(key, [...(rounds.get(key) ?? []), JSON.parse(stdout)]);
      }
    }
  }
  return FILES.flatMap((file) =>
    THREADS.map((threads) => {
      const measured = rounds.get(`${file} ${threads}`);
      const middle = (key) => median(measured.map((each) => each[key]));
      return { contender: 'cochlea', file, threads, off: middle('off'), auto: middle('auto') };
    }),
  );
}
