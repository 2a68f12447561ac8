import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { native } from '../../dist/native/binding.js';
import { constantFlac } from '../safe/flac.js';
import { slowness } from '../safe/outcome.js';
import { toneWav } from '../safe/sounds.js';
import { libraryUrl, runScript } from './child.js';
import { longWav, sleep, slowOptions, until } from './long-audio.js';

/** worker_threads: each has an environment of its own in the addon, and all share the decoding threads. */

function startWorker(script: string, workerData: unknown): Worker {
  return new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
    import(${JSON.stringify(libraryUrl)}).then(async ({ decode, probe }) => { ${script} });`,
    { eval: true, execArgv: [], workerData },
  );
}

function messageOf<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

const bytesOf = (samples: Float32Array = new Float32Array()): Buffer =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

test('eight workers at once give what the main thread gives', async () => {
  const options = { sampleRate: 44_100 } as const;
  const sources = [toneWav(3), toneWav(2, 48_000), constantFlac(200_000, { value: 1234 })];
  const expected = await Promise.all(sources.map(async (source) => (await decode(source, options)).data));
  const script = `
    const results = [];
    for (let round = 0; round < 4; round++) {
      results.push(await Promise.all(workerData.sources.map(async (source) => (await decode(source, workerData.options)).data)));
    }
    parentPort.postMessage(results);`;
  const workers = Array.from({ length: 8 }, () => startWorker(script, { sources, options }));
  const answers = await Promise.all(workers.map((worker) => messageOf<Float32Array[][]>(worker)));
  for (const rounds of answers) {
    expect(rounds).toHaveLength(4);
    for (const results of rounds) {
      for (const [i, result] of results.entries()) expect(bytesOf(result).equals(bytesOf(expected[i]))).toBe(true);
    }
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
});

test('a result can be transferred to another thread when it says so', async () => {
  const audio = await decode(toneWav(1));
  expect(audio.transferable).toBe(true);
  const { buffer } = audio.data;
  const moved = structuredClone(buffer, { transfer: [buffer] });
  expect(buffer.byteLength).toBe(0);
  expect(moved.byteLength).toBeGreaterThanOrEqual(64_000);
});

describe('worker.terminate', () => {
  test('in mid-decode stops the decode and leaves the rest running', async () => {
    const worker = startWorker(`decode(workerData.source, workerData.options); parentPort.postMessage('started');`, {
      source: longWav,
      options: slowOptions,
    });
    await messageOf(worker);
    await until(() => native.load().running > 0);
    await sleep(30);
    const own = decode(toneWav(1), { sampleRate: 8000 });
    const started = performance.now();
    await worker.terminate();
    expect(performance.now() - started).toBeLessThan(500 * slowness);
    expect((await own).frames).toBe(8000);
    await until(() => native.load().running === 0 && native.load().waiting === 0, 1000);
  });

  test('over and over, with more decodes than threads, ends in no crash', async () => {
    const run = await runScript(`
      import { Worker } from 'node:worker_threads';
      const source = new Uint8Array(new SharedArrayBuffer(long.byteLength));
      source.set(long);
      const script = \`import(${JSON.stringify(JSON.stringify(libraryUrl)).slice(1, -1)}).then(({ decode }) => {
        const { parentPort, workerData } = require('node:worker_threads');
        for (let i = 0; i < 6; i++) decode(workerData.source.subarray(0, 3_000_000), workerData.slow).catch(() => {});
        parentPort.postMessage('started');
      });\`;
      for (let round = 0; round < 12; round++) {
        const worker = new Worker(script, { eval: true, execArgv: [], workerData: { source, slow } });
        await new Promise((resolve) => worker.once('message', resolve));
        await sleep(round * 5);
        await worker.terminate();
      }
      const { frames } = await decode(tone);
      // A result is there a moment before its worker counts as free.
      for (let i = 0; i < 100 && native.load().running > 0; i++) await sleep(1);
      console.log(frames, JSON.stringify(native.load()));
    `);
    expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
    const [frames, load] = run.stdout.trim().split(' ');
    expect(frames).toBe('16000');
    expect(JSON.parse(load ?? '')).toMatchObject({ running: 0, waiting: 0 });
  });
});

test('process.exit in a worker ends that worker only', async () => {
  const worker = startWorker('decode(workerData.source, workerData.options); setTimeout(() => process.exit(5), 30);', {
    source: longWav.subarray(0, 10_000_000),
    options: slowOptions,
  });
  const code = await new Promise((resolve) => worker.once('exit', resolve));
  expect(code).toBe(5);
  expect((await decode(toneWav(1))).frames).toBe(16_000);
});
