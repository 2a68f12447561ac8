import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cochlea, lines, program, start, temporaryFolder } from './command.js';
import { writeWav } from './sounds.js';

const commands = [
  'probe',
  'decode',
  'features',
  'embed',
  'transcribe',
  'speak',
  'serve',
  'inspect',
  'conformance',
  'doctor',
];

test.each(commands)('the help of %s says each default once', async (command) => {
  const { code, stdout } = await cochlea(command, '--help');
  expect(code).toBe(0);
  const options = stdout.slice(stdout.indexOf('Options:')).split(/\n {2}(?=-)/);
  expect(options.length).toBeGreaterThan(2);
  for (const option of options) expect(option.split('(default').length, option).toBeLessThan(3);
  expect(stdout).not.toMatch(/[{}]"/);
});

test('a clip that is too long: how long it is, where its header says so', async () => {
  const folder = temporaryFolder();
  const source = writeWav(join(folder, 'long.wav'), { sampleRate: 8000, frames: 240 * 8000 });
  const output = join(folder, 'a.npy');
  expect(lines(await cochlea('features', source, '-o', output, '--json'))).toMatchObject([
    { ok: false, limit: { name: 'seconds', max: 30, actual: 240 } },
  ]);
  const part = await cochlea('features', source, '-o', output, '--start', '10', '--end', '110', '--json');
  expect(lines(part)).toMatchObject([{ limit: { max: 30, actual: 100 } }]);
  const { stderr } = await cochlea('features', source, '-o', output);
  expect(stderr).toContain('(seconds: at most 30, met at least 240)');
});

test('what raises a limit here is said here', async () => {
  const source = writeWav(join(temporaryFolder(), 'long.wav'), { sampleRate: 8000, frames: 20_000 });
  const run = await cochlea('decode', source, '-o', `${source}.npy`, '--max-seconds', '1');
  expect(run.stderr).toContain('remedy: Send shorter audio. --max-seconds raises the limit.');
});

test('the lines of the doctor are whole where they go to a pipe', async () => {
  const { stdout } = await start(program, ['doctor'], { COCHLEA_PREBUILD: temporaryFolder() }).finished;
  expect(stdout).not.toContain('…');
  const { findings } = JSON.parse((await cochlea('doctor', '--json')).stdout) as { findings: { detail: string }[] };
  const text = (await cochlea('doctor')).stdout;
  for (const { detail } of findings) expect(text).toContain(detail);
});

test('a terminal that is dumb gets neither colours nor a bar', () => {
  const source = writeWav(join(temporaryFolder(), 'tone.wav'), { sampleRate: 8000 });
  // `script` gives the command a terminal.
  const command = `${process.execPath} ${program} decode ${source} -o ${source}.npy`;
  const shown = (TERM: string): string =>
    spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', env: { ...process.env, TERM } }).stdout;
  expect(shown('xterm')).toContain('\u001b');
  const dumb = shown('dumb');
  expect(dumb).toContain('float32');
  expect(dumb).not.toContain('\u001b');
});
