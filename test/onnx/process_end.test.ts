import { describe, expect, test } from 'vitest';
import { type Run, runNode } from '../safe/outcome.js';
import { runScript } from './child.js';

/** However a process ends, whatever its models do: the right exit code, and no abort. Note [Ending a thread]. */

async function expectEnd(script: string, code: number): Promise<Run> {
  const run = await runScript(script);
  expect(run, run.stderr).toMatchObject({ code, signal: null });
  expect(run.stdout).toContain('now');
  return run;
}

describe.each([
  ['a run', 'const session = await OnnxSession.open(slow, cpu); session.run(rows()); await sleep(200);'],
  [
    'many runs',
    'const session = await OnnxSession.open(slow, cpu); for (let i = 0; i < 20; i++) session.run(rows()); await sleep(200);',
  ],
  ['a run that has just been asked for', 'const session = await OnnxSession.open(slow, cpu); session.run(rows());'],
  ['a model being loaded', 'OnnxSession.open(slow, cpu); await sleep(150);'],
  ['a thread that has just started', 'OnnxSession.open(slow, cpu);'],
  [
    'a session being closed',
    'const session = await OnnxSession.open(slow, cpu); session.run(rows()); session.close(); await sleep(100);',
  ],
  ['nothing to do', 'const session = await OnnxSession.open(slow, cpu); await session.run(rows());'],
])('with %s', (_, start) => {
  test('process.exit', async () => {
    const run = await expectEnd(`${start} now(); process.exit(7);`, 7);
    expect(run.stderr).toBe('');
  });

  test('an exception that nobody catches', async () => {
    const run = await expectEnd(`${start} now(); setTimeout(() => { throw new Error('of mine'); });`, 1);
    expect(run.stderr).toContain('of mine');
  });
});

test('SIGTERM ends a process in mid-run as any other', async () => {
  const run = await runScript(
    'const session = await OnnxSession.open(slow, cpu); session.run(rows()); await sleep(200); process.kill(process.pid);',
  );
  expect(run).toMatchObject({ code: null, signal: 'SIGTERM' });
});

test('a process stays until its runs are done', async () => {
  const run = await runScript(
    `const session = await OnnxSession.open(slow, cpu); session.run(rows()).then(({ y }) => console.log(y.shape));`,
  );
  expect(run).toMatchObject({ code: 0, signal: null, stdout: '[ 128, 1024 ]\n', stderr: '' });
});

test('a process whose sessions have nothing to do ends by itself, without close', async () => {
  const run = await runScript(
    `const sessions = [await OnnxSession.open(quick, cpu), await OnnxSession.open(quick, cpu)];
    await sessions[0].run(few()); now();`,
  );
  expect(run).toMatchObject({ code: 0, signal: null, stdout: 'now\n', stderr: '' });
});

test('the last session of a device takes its thread with it, and leaves no listeners behind', async () => {
  const run = await runScript(
    `import { readdirSync } from 'node:fs';
    const threads = () => readdirSync('/proc/self/task').length;
    const before = threads();
    const listeners = process.listenerCount('exit');
    for (let i = 0; i < 12; i++) {
      const sessions = await Promise.all([OnnxSession.open(quick, cpu), OnnxSession.open(quick, cpu)]);
      await sessions[0].close();
      await sessions[1].run(few());
      await sessions[1].close();
    }
    console.log(threads() - before, process.listenerCount('exit') - listeners);`,
  );
  expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
  const [threads, listeners] = run.stdout.split(' ').map(Number);
  // ONNX Runtime keeps threads of its own for the process; not for each session.
  expect(threads).toBeLessThan(6);
  expect(listeners).toBe(0);
});

test('a script on the command line can run models, too', async () => {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    const { OnnxSession } = await import(${url('../../dist/onnx/index.js')});
    const { identity } = await import(${url('models.mjs')});
    const session = await OnnxSession.open(identity(), { provider: 'cpu' });
    console.log(session.inputs[0].name);`;
  for (const flags of [
    ['--input-type=module'],
    ['--input-type', 'module'],
    ['--max-old-space-size=200', '--input-type=module'],
  ]) {
    expect(await runNode([...flags, '--eval', script])).toMatchObject({ code: 0, stdout: 'x\n', stderr: '' });
  }
});
