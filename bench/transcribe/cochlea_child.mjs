/** Ours, as a process: node cochlea_child.mjs FOLDER PRECISION THREADS WINDOWS */
import { readFileSync } from 'node:fs';
import { Transcriber } from '../../dist/transcribe/index.js';
import { answer } from '../run/answering.mjs';

const [, , folder, precision, threads, windows] = process.argv;
const transcriber = await Transcriber.load(folder, { provider: 'cpu', precision, threads: Number(threads) });
const options = {
  language: 'en',
  temperature: 0,
  timestamps: 'segment',
  conditionOnPreviousText: false,
  vad: false,
  windows,
};

await answer(async ({ path }) => {
  const data = new Float32Array(new Uint8Array(readFileSync(path)).buffer);
  const start = performance.now();
  const { text } = await transcriber.transcribe({ data, sampleRate: 16_000 }, options);
  const seconds = (performance.now() - start) / 1000;
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  return { seconds, text, peak };
});
await transcriber.close();
