import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { runScript } from './child.js';

/** Sessions in worker_threads of the application: each has a thread of its own for each device. */

const libraryUrl = new URL('../../dist/onnx/index.js', import.meta.url).href;
const modelsUrl = new URL('models.mjs', import.meta.url).href;

function startWorker(script: string): Worker {
  return new Worker(
    `const { parentPort } = require('node:worker_threads');
    Promise.all([import(${JSON.stringify(libraryUrl)}), import(${JSON.stringify(modelsUrl)})]).then(
      async ([{ OnnxSession }, { identity, slow }]) => { ${script} });`,
    { eval: true, execArgv: [] },
  );
}

const ended = (worker: Worker): Promise<number> => new Promise((resolve) => worker.once('exit', resolve));

test('four workers at once, over and over, give each its own results', async () => {
  for (let round = 0; round < 3; round++) {
    const workers = [1, 2, 3, 4].map((value) => {
      const worker = startWorker(`
        const session = await OnnxSession.open(identity(), { provider: 'cpu' });
        const runs = Array.from({ length: 50 }, (_, i) =>
          session.run({ x: { data: Float32Array.of(${value}, i), shape: [2], dtype: 'float32' } }));
        parentPort.postMessage((await Promise.all(runs)).map(({ y }) => [...y.data]));`);
      return { value, message: new Promise((resolve) => worker.once('message', resolve)), exit: ended(worker) };
    });
    for (const { value, message, exit } of workers) {
      expect(await message).toEqual(Array.from({ length: 50 }, (_, i) => [value, i]));
      // Nothing is left to do, though the session was not closed.
      expect(await exit).toBe(0);
    }
  }
});

test('an application that uses ONNX Runtime itself goes on when the last session is closed', async () => {
  const run = await runScript(`
    import { createRequire } from 'node:module';
    const { InferenceSession, Tensor } = createRequire(${JSON.stringify(import.meta.url)})('onnxruntime-node');
    const own = await InferenceSession.create(quick);
    for (let i = 0; i < 3; i++) {
      const session = await OnnxSession.open(quick, cpu);
      await session.run(few());
      await session.close();
      const { y } = await own.run({ x: new Tensor('float32', [i], [1]) });
      console.log(y.data[0]);
    }`);
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null, stdout: '0\n1\n2\n' });
});

test('process.exit in a worker whose session runs ends that worker only', async () => {
  const worker = startWorker(`
    const session = await OnnxSession.open(slow(100), { provider: 'cpu' });
    session.run({ x: { data: new Float32Array(64 * 1024), shape: [64, 1024], dtype: 'float32' } });
    setTimeout(() => process.exit(5), 100);`);
  expect(await ended(worker)).toBe(5);
});

test('worker.terminate with sessions that have nothing to do is clean', async () => {
  const run = await runScript(`
    import { Worker } from 'node:worker_threads';
    const session = await OnnxSession.open(quick, cpu);
    for (let i = 0; i < 5; i++) {
      const worker = new Worker(\`
        const { parentPort } = require('node:worker_threads');
        Promise.all([import(${JSON.stringify(libraryUrl)}), import(${JSON.stringify(modelsUrl)})]).then(
          async ([{ OnnxSession }, { identity }]) => {
            const session = await OnnxSession.open(identity(), { provider: 'cpu' });
            await session.run({ x: { data: Float32Array.of(1), shape: [1], dtype: 'float32' } });
            parentPort.postMessage('idle');
            setInterval(() => {}, 1000);
          });\`, { eval: true });
      await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
    }
    const { y } = await session.run(few(3));
    console.log(y.data[0]);`);
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null, stdout: '3\n' });
});
