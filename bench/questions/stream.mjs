/**
 * Ten hours of MP3 as a stream of one-second chunks, against one decode of the same bytes: time, memory, and how
 * soon the first chunk is there once 64 KiB are. The ten hours are sixty copies of ten minutes, one after another.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { median } from '../report/statistics.mjs';

const run = promisify(execFile);
const COPIES = 60;
const root = new URL('../../', import.meta.url);

// In a process of its own, for its memory. The producer is as fast as it is let.
const script = (path, mode, copies) => `
  import { readFileSync } from 'node:fs';
  import { setImmediate } from 'node:timers/promises';
  import { AudioDecoder } from '${new URL('dist/index.js', root).href}';
  const bytes = readFileSync(${JSON.stringify(path)});
  const limits = { seconds: Infinity, inputBytes: Infinity, decodedBytes: Infinity };
  const decoder = new AudioDecoder({ sampleRate: 16_000, limits });
  async function* producer() {
    for (let copy = 0; copy < ${copies}; copy++) {
      for (let at = 0; at < bytes.length; at += 65_536) { yield bytes.subarray(at, at + 65_536); await setImmediate(); }
    }
  }
  await decoder.decode(bytes.subarray(0, 100_000));
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); }, 20);
  const start = performance.now();
  let frames = 0;
  if (${JSON.stringify(mode)} === 'stream') {
    for await (const chunk of decoder.stream(producer(), { seconds: 1 })) frames += chunk.frames;
  } else {
    frames = (await decoder.decode(producer())).frames;
  }
  clearInterval(watch);
  console.log(JSON.stringify({ milliseconds: performance.now() - start, growth: peak - before, frames }));`;

async function measured(path, mode, copies) {
  const args = ['--input-type=module', '--eval', script(path, mode, copies)];
  return JSON.parse((await run(process.execPath, args)).stdout);
}

/** Milliseconds from the push of the first 64 KiB to the first chunk. */
async function firstChunk(bytes, decoder) {
  let pushed = 0;
  async function* producer() {
    pushed = performance.now();
    yield bytes.subarray(0, 65_536);
    await sleep(200);
  }
  for await (const _ of decoder.stream(producer(), { seconds: 1 })) return performance.now() - pushed;
}

/** @param {{files: Record<string, any>, quick: boolean, progress: (text: string) => void}} run */
export async function measure({ files, quick, progress }) {
  const { AudioDecoder } = await import('../../dist/index.js');
  const { path } = files['long.mp3'];
  const copies = quick ? 6 : COPIES;
  progress('stream: first chunk');
  const decoder = new AudioDecoder({ sampleRate: 16_000 });
  const bytes = readFileSync(path);
  const first = [];
  for (let round = 0; round < 11; round++) first.push(await firstChunk(bytes, decoder));
  const rounds = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    progress(`stream: ${copies * 10} minutes, round ${round + 1}`);
    rounds.push({ stream: await measured(path, 'stream', copies), whole: await measured(path, 'whole', copies) });
  }
  const middle = (mode, key) => median(rounds.map((each) => each[mode][key]));
  return [
    {
      contender: 'cochlea',
      hours: copies / 6,
      first: median(first),
      stream: middle('stream', 'milliseconds'),
      whole: middle('whole', 'milliseconds'),
      growth: middle('stream', 'growth'),
    },
  ];
}
