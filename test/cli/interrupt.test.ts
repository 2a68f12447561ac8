import { linkSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { towerFolder } from '../tower/reference.js';
import { program, start, temporaryFolder } from './command.js';
import { writeSilence } from './sounds.js';

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s stops the work, leaves no partial file, and exits with %i', async (signal, code) => {
  const folder = temporaryFolder();
  const out = join(folder, 'out');
  mkdirSync(out);
  const sources = silence(folder, 60);
  const { child, finished } = start(program, [
    'decode',
    ...sources,
    '--quality',
    'VHQ',
    '--sample-rate',
    '44100',
    '--jobs',
    '2',
    '--format',
    'npy',
    '-o',
    out,
  ]);
  // In the midst of the work: the first result is there, the others are not.
  while (!readdirSync(out).some((name) => name.endsWith('.npy')) && child.exitCode === null) await sleep(5);
  child.kill(signal);
  expect((await finished).code).toBe(code);
  const left = readdirSync(out);
  expect(left.filter((name) => !/^\d+\.npy$/.test(name))).toEqual([]);
  expect(left.length).toBeLessThan(sources.length);
});

test('an encode that is interrupted ends after the clip that runs, and writes nothing', async () => {
  const folder = temporaryFolder();
  const source = writeSilence(join(folder, 'long.wav'), 3600);
  const args = ['embed', source, '--tower', towerFolder('qwen2-audio'), '--provider', 'cpu', '--long', 'split'];
  const { child, finished } = start(program, [...args, '-o', join(folder, 'out.safetensors')]);
  // Said when the tower is loaded: the work begins.
  child.stderr.once('data', () => setTimeout(() => child.kill('SIGINT'), 2000));
  expect((await finished).code).toBe(130);
  expect(readdirSync(folder)).toEqual(['long.wav']);
});

/** Two minutes each, all one file under several names. */
function silence(folder: string, count: number): string[] {
  const names = Array.from({ length: count }, (_, i) => join(folder, `${i}.wav`));
  const [first = '', ...others] = names;
  writeSilence(first, 120);
  for (const name of others) linkSync(first, name);
  return names;
}
