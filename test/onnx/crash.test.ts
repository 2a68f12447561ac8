import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runScript } from './child.js';

/**
 * The thread of a device ends: what was asked of it rejects, and the next run starts a new one. What ends it here is
 * code that Node itself runs in every worker before its program.
 */
function inWorkers(code: string): string[] {
  const source = `import { isMainThread } from 'node:worker_threads'; import { existsSync, writeFileSync } from 'node:fs';
    if (!isMainThread) { const once = process.env.COCHLEA_TEST_ONCE; if (!existsSync(once)) { writeFileSync(once, ''); ${code} } }`;
  return ['--import', `data:text/javascript,${encodeURIComponent(source)}`];
}

/** Runs in flight when the thread ends, and one afterwards. */
const script = `
const session = await OnnxSession.open(quick, cpu);
const failures = [];
for (let i = 0; i < 2000 && failures.length === 0; i++) {
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

describe('a thread that ends by', () => {
  test.each([
    ['process.exit', 'setTimeout(() => process.exit(3), 300);', /ended: .*3/],
    [
      'an error that nobody catches',
      "setTimeout(() => { throw new Error('of the thread'); }, 300);",
      /ended: of the thread/,
    ],
    [
      'a rejection that nobody handles',
      "setTimeout(() => Promise.reject(new Error('of the thread')), 300);",
      /ended: of the thread/,
    ],
    [
      'memory that runs out',
      'setTimeout(() => { const kept = []; for (;;) kept.push(new Array(1000).fill({})); }, 300);',
      /memory limit/,
    ],
  ])('%s', async (_, code, message) => {
    const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
    try {
      process.env.COCHLEA_TEST_ONCE = join(folder, 'once');
      const run = await runScript(script, [...inWorkers(code), '--max-old-space-size=100']);
      expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
      const { failures, y } = JSON.parse(run.stdout);
      expect(failures.length).toBeGreaterThan(0);
      for (const failure of failures) {
        expect(failure).toMatchObject({ code: 'ERR_MODEL_FAILED', retryable: true });
        expect(failure.message).toMatch(message);
      }
      expect(y).toBe(5);
    } finally {
      delete process.env.COCHLEA_TEST_ONCE;
      rmSync(folder, { recursive: true });
    }
  });
});
