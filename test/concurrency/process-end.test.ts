import { describe, expect, test } from 'vitest';
import type { Run } from '../safe/outcome.js';
import { slowness } from '../safe/outcome.js';
import { runScript } from './child.js';

/** However a process ends while workers decode: the right exit code, no crash, and soon. */

/** Prints when the end begins, so that start-up does not count. */
const now = 'process.stdout.write(String(Date.now()) + "\\n");';

function millisecondsToEnd(run: Run): number {
  return Date.now() - Number(run.stdout.split('\n')[0]);
}

async function expectEnd(script: string, code: number): Promise<Run> {
  const run = await runScript(script);
  expect(run, run.stderr).toMatchObject({ code, signal: null });
  expect(millisecondsToEnd(run)).toBeLessThan(1000 * slowness);
  return run;
}

describe.each([
  ['one decode', 'decode(long, slow);'],
  ['more decodes than threads', 'for (let i = 0; i < 16; i++) decode(long, slow);'],
])('with %s in flight', (_, start) => {
  test('process.exit', async () => {
    await expectEnd(`${start} await sleep(100); ${now} process.exit(7);`, 7);
  });

  test('process.exit before any has begun', async () => {
    await expectEnd(`${start} ${now} process.exit(0);`, 0);
  });

  test('an exception that nobody catches', async () => {
    const run = await expectEnd(
      `${start} await sleep(100); ${now} setTimeout(() => { throw new Error('of mine'); });`,
      1,
    );
    expect(run.stderr).toContain('of mine');
  });

  test('a rejection that nobody handles', async () => {
    const run = await expectEnd(`${start} await sleep(100); ${now} Promise.reject(new Error('of mine'));`, 1);
    expect(run.stderr).toContain('of mine');
  });
});

test('a decode that fails with nobody listening ends the process as any rejection does', async () => {
  const run = await expectEnd(`${now} decode(new Uint8Array(100));`, 1);
  expect(run.stderr).toContain('ERR_AUDIO_UNSUPPORTED_CONTAINER');
});

test('a process with nothing else to do stays until its decode is done', async () => {
  const run = await runScript(`decode(tone).then((audio) => console.log(audio.frames));`);
  expect(run).toMatchObject({ code: 0, signal: null, stdout: '16000\n' });
});

test('a process without a pending decode ends by itself', async () => {
  const run = await expectEnd(`await decode(tone); await probe(tone); ${now}`, 0);
  expect(run.stderr).toBe('');
});

test('a process whose decodes were aborted ends by itself', async () => {
  await expectEnd(
    `const controller = new AbortController();
    const calls = Array.from({ length: 8 }, () => decode(long, { ...slow, signal: controller.signal }).catch((error) => error.name));
    await sleep(50);
    controller.abort();
    if ((await Promise.all(calls)).some((name) => name !== 'AbortError')) process.exit(9);
    ${now}`,
    0,
  );
});

test('a process that only loads the library ends by itself', async () => {
  await expectEnd(now, 0);
});
