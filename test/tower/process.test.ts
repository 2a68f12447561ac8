import { expect, test } from 'vitest';
import { runScript } from '../concurrency/child.js';
import { memorySlack } from '../safe/outcome.js';
import { towerFolder } from './reference.js';
import { visibleTower } from './visible.js';

/** A tower in a process of its own: what it costs, and how it ends. */

const preamble = `
import { AudioTower } from '${new URL('../../dist/tower/index.js', import.meta.url).href}';
const load = (options) => AudioTower.load('${towerFolder('qwen2-audio')}', { provider: 'cpu', ...options });
const audio = await decode(tone, { sampleRate: 16000 });
`;

test('memory does not grow over 500 runs', async () => {
  // Of a model that takes no time: what is moved to and fro is the same.
  using visible = visibleTower();
  const run = await runScript(
    `${preamble}
    import { readFileSync } from 'node:fs';
    const rss = () => 1024 * Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
    const tower = await AudioTower.load('${visible.path}', { provider: 'cpu', architecture: 'qwen2-audio' });
    const settle = async () => { gc(); await sleep(50); gc(); };
    for (let i = 0; i < 60; i++) await tower.embed(audio);
    await settle();
    const before = rss();
    for (let i = 0; i < 500; i++) {
      // One in five is given up while it waits or runs.
      const signal = i % 5 === 0 ? AbortSignal.timeout(i % 20) : undefined;
      await tower.embed(audio, { signal }).catch((error) => { if (error.code !== 'ABORT_ERR') throw error; });
      if (i % 50 === 0) gc();
    }
    await tower.embed(audio);
    await settle();
    console.log(rss() - before);
    await tower.close();`,
    ['--expose-gc'],
  );
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null, stderr: '' });
  console.log(
    `grown by ${(Number(run.stdout) / 1e6).toFixed(1)} MB over 500 runs, ${(run.milliseconds / 560).toFixed()} ms each`,
  );
  // The features of a run are 1.5 MB and what the model gives 0.4 MB: losing either would be 750 or 190 MB.
  expect(Number(run.stdout)).toBeLessThan(60e6 * memorySlack);
});

test('the event loop goes on while a batch runs', async () => {
  const run = await runScript(
    `${preamble}
    import { monitorEventLoopDelay } from 'node:perf_hooks';
    const tower = await load({ maxBatch: 8, maxWaitMs: 100 });
    const clips = Array(8).fill(audio);
    await tower.embed(clips);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const started = performance.now();
    await tower.embed(clips);
    const run = performance.now() - started;
    delay.disable();
    console.log(JSON.stringify({ run, stall: delay.max / 1e6 }));
    await tower.close();`,
  );
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
  const { run: milliseconds, stall } = JSON.parse(run.stdout) as { run: number; stall: number };
  console.log(
    `a batch of 8: ${milliseconds.toFixed()} ms; the event loop stood still for ${stall.toFixed(1)} ms at most`,
  );
  expect(stall).toBeLessThan(milliseconds / 3);
});

test.each([
  [
    'ends by itself though nobody closed the tower',
    `const tower = await load(); await tower.embed(audio); console.log('done');`,
  ],
  [
    'ends by itself once the tower is closed',
    `const tower = await load(); await tower.embed(audio); await tower.close(); console.log('done');`,
  ],
  ['stays until a call is done', `load().then((tower) => tower.embed(audio)).then(() => console.log('done'));`],
  [
    'stays until a tower is closed',
    `const tower = await load(); tower.embed(audio).then(() => console.log('done')); tower.close();`,
  ],
])('a process %s', async (_, script) => {
  const run = await runScript(`${preamble}\n${script}`);
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null, stdout: 'done\n', stderr: '' });
});

test('a process may end in the middle of a run', async () => {
  for (const wait of [0, 20, 60]) {
    const run = await runScript(
      `${preamble}
      const tower = await load();
      for (let i = 0; i < 5; i++) tower.embed(audio);
      setTimeout(() => process.exit(7), ${wait});`,
    );
    expect(run, run.stderr).toMatchObject({ code: 7, signal: null, stderr: '' });
  }
});
