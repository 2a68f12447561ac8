import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runNode } from '../safe/outcome.js';

/**
 * Once `worker.terminate()` has begun, every call of the addon into JavaScript fails. What it threw for that ended the
 * process: "terminate called after throwing an instance of 'Napi::Error'".
 */
test('200 workers, terminated at random moments amid every call there is, leave the process and its threads whole', async () => {
  const script = fileURLToPath(new URL('terminate-apart.mjs', import.meta.url));
  const run = await runNode([script, '200', String(Date.now() % 1e9)]);
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(JSON.parse(run.stdout)).toMatchObject({ frames: 8000, running: 0, waiting: 0, stalled: 0 });
}, 300_000);
