import { linkSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
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

/** Two minutes each, all one file under several names. */
function silence(folder: string, count: number): string[] {
  const names = Array.from({ length: count }, (_, i) => join(folder, `${i}.wav`));
  const [first = '', ...others] = names;
  writeSilence(first, 120);
  for (const name of others) linkSync(first, name);
  return names;
}
