import { expect, test } from 'vitest';
import { memorySlack } from '../safe/outcome.js';
import { runScript } from './child.js';

test('memory stays the same over 500 runs, and over 60 sessions', async () => {
  const run = await runScript(
    `// The thread collects its garbage when it thinks fit: the least of several readings is without most of it.
    const rss = async () => {
      let least = Infinity;
      for (let i = 0; i < 10; i++) {
        await several(5);
        gc();
        await sleep(10);
        least = Math.min(least, process.memoryUsage.rss());
      }
      return least;
    };
    const size = 200_000;
    const input = () => ({ x: { data: new Float32Array(size).fill(1), shape: [size], dtype: 'float32' } });
    const session = await OnnxSession.open(quick, cpu);
    const several = async (count) => {
      for (let i = 0; i < count; i++) {
        await session.run(input());
        // Buffers that came from the thread are freed between turns of the event loop.
        if (i % 20 === 0) { await sleep(1); gc(); }
      }
    };
    await several(250);
    const before = await rss();
    await several(500);
    const after = await rss();
    const sessions = async (count) => {
      for (let i = 0; i < count; i++) {
        const another = await OnnxSession.open(models.slow(5), cpu);
        await another.close();
      }
      await sleep(100);
    };
    await sessions(20);
    const first = await rss();
    await sessions(60);
    console.log(JSON.stringify([before, after, first, await rss()]));`,
    ['--expose-gc'],
  );
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
  const [before, after, first, last] = JSON.parse(run.stdout) as [number, number, number, number];
  expect(after / before).toBeLessThan(1.05 * memorySlack);
  // Of sixty models of 4 MB each, and their copies.
  expect(last - first).toBeLessThan(120e6 * memorySlack);
});
