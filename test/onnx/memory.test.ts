import { expect, test } from 'vitest';
import { memorySlack } from '../safe/outcome.js';
import { runScript } from './child.js';

test('memory stays the same over 500 runs, and over 20 sessions', async () => {
  const run = await runScript(
    `const rss = () => { gc(); return process.memoryUsage.rss(); };
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
    await several(100);
    const before = rss();
    await several(500);
    const after = rss();
    for (let i = 0; i < 20; i++) {
      const another = await OnnxSession.open(models.slow(5), cpu);
      await another.close();
    }
    await sleep(10);
    const last = rss();
    console.log(JSON.stringify([before, after, last]));`,
    ['--expose-gc'],
  );
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
  const [before, after, last] = JSON.parse(run.stdout) as [number, number, number];
  expect(after / before).toBeLessThan(1.05 * memorySlack);
  // Twenty models of 4 MB each, and their copies.
  expect(last - after).toBeLessThan(60e6 * memorySlack);
});
