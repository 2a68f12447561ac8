import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runScript } from './child.js';

/**
 * The thread of a device ends: what was asked of it rejects, and the next run starts a new one. What ends it here is
 * code that Node itself runs in every worker before its program, and that waits for a file, to be removed by the first.
 */
function inWorkers(code: string, file: string): string[] {
  const source = `import { isMainThread } from 'node:worker_threads'; import { unlinkSync } from 'node:fs';
    function wait() {
      try { unlinkSync(${JSON.stringify(file)}); } catch { return; }
      clearInterval(timer);
      ${code}
    }
    const timer = isMainThread ? undefined : setInterval(wait, 10).unref();`;
  return ['--import', `data:text/javascript,${encodeURIComponent(source)}`];
}

/** Runs in flight when the thread ends, and one afterwards. */
const script = (file: string): string => `
import { writeFileSync } from 'node:fs';
const session = await OnnxSession.open(quick, cpu);
writeFileSync(${JSON.stringify(file)}, '');
const failures = [];
for (let i = 0; i < 10_000 && failures.length === 0; i++) {
  const calls = [session.run(few()), session.run(few())];
  for (const result of await Promise.allSettled(calls)) {
    if (result.status === 'rejected') failures.push(result.reason);
  }
  await sleep(1);
}
const { y } = await session.run(few(5));
console.log(JSON.stringify({ failures: failures.map(({ code, message, retryable }) => ({ code, message, retryable })), y: y.data[0] }));
await session.close();
`;

test('a model that was opened by a relative path is loaded again after the working directory changed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
  try {
    const file = join(folder, 'now');
    const moving = `process.chdir(${JSON.stringify(folder)}); writeFileSync('quick.onnx', quick);
      const session = await OnnxSession.open('quick.onnx', cpu); process.chdir('/');`;
    const moved = script(file).replace('const session = await OnnxSession.open(quick, cpu);', moving);
    const run = await runScript(moved, inWorkers('process.exit(3);', file));
    expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
    expect(JSON.parse(run.stdout)).toMatchObject({
      y: 5,
      failures: expect.arrayContaining([expect.objectContaining({ code: 'ERR_MODEL_FAILED' })]),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a model that was opened from a Buffer is what it was, whatever becomes of the Buffer', async () => {
  const run = await runScript(`
    const bytes = Buffer.from(quick);
    const opening = OnnxSession.open(bytes, cpu);
    bytes.fill(0);
    const { y } = await (await opening).run(few(5));
    console.log(y.data[0]);`);
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null, stdout: '5\n' });
});

describe('a thread that ends by', () => {
  test.each([
    ['process.exit', 'process.exit(3);', /ended: .*3/],
    ['an error that nobody catches', "throw new Error('of the thread');", /ended: of the thread/],
    ['a rejection that nobody handles', "Promise.reject(new Error('of the thread'));", /ended: of the thread/],
    [
      'memory that runs out',
      // By small objects: an array that grows may ask for more at once than Node leaves itself to end the worker with.
      'let kept; setInterval(() => { for (let i = 0; i < 10_000; i++) kept = { kept, i }; }, 0);',
      /memory limit/,
    ],
  ])('%s', async (_, code, message) => {
    const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
    try {
      const file = join(folder, 'now');
      const run = await runScript(script(file), [...inWorkers(code, file), '--max-old-space-size=100']);
      expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
      const { failures, y } = JSON.parse(run.stdout);
      expect(failures.length).toBeGreaterThan(0);
      for (const failure of failures) {
        expect(failure).toMatchObject({ code: 'ERR_MODEL_FAILED', retryable: true });
        expect(failure.message).toMatch(message);
      }
      expect(y).toBe(5);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
