import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { start, temporaryFolder } from '../cli/command.js';
import { speech } from '../decode/pieces.js';
import { toneWav, wav } from '../safe/sounds.js';

/** Each example, run as its first line says, must print what follows from the file alone. */

const run = (name: string, ...args: string[]) =>
  start(fileURLToPath(new URL(`../../examples/${name}.mjs`, import.meta.url)), args).finished;

/** A file of its own for bytes. */
function fileOf(bytes: Uint8Array, name = 'audio.wav'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

test('windows.mjs prints the place of each window', async () => {
  const { code, stdout, stderr } = await run('windows', fileOf(toneWav(4.5)), '2', '0.5');
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: [
      '0.000 s  frames 32000  of them audio 32000',
      '1.500 s  frames 32000  of them audio 32000',
      '3.000 s  frames 32000  of them audio 24000',
      '',
    ].join('\n'),
    stderr: '',
  });
});

test('split.mjs cuts where a tone pauses', async () => {
  const samples = Int16Array.from({ length: 64_000 }, (_, i) => 10_000 * Math.sin(i / 5));
  // Three segments of 1.33 s would be equal. It is quiet for 150 ms from 1.5 s, and for 100 ms from 2.5 s.
  samples.fill(0, 24_000, 26_400);
  samples.fill(0, 40_000, 41_600);
  const { code, stdout } = await run('split', fileOf(wav(new Uint8Array(samples.buffer))), '2');
  expect(code).toBe(0);
  expect(stdout).toBe('0.000 – 1.500 s  24000 frames\n1.500 – 2.500 s  16000 frames\n2.500 – 4.000 s  24000 frames\n');
});

test('batch.mjs prints an outcome for each file, and fails if one failed', async () => {
  const good = fileOf(toneWav(1.5));
  const all = await run('batch', good, speech('flac'));
  expect(all.code).toBe(0);
  expect(all.stdout).toMatch(
    /^\S+audio\.wav {2}1\.500 s {2}24000 frames\n\S+speech\.flac {2}\d\.\d{3} s {2}\d+ frames\n$/,
  );
  const bad = fileOf(new Uint8Array(), 'empty.ogg');
  const some = await run('batch', bad, good);
  expect(some.code).toBe(1);
  expect(some.stdout).toBe(`${bad}  ERR_AUDIO_EMPTY\n${good}  1.500 s  24000 frames\n`);
});

test.each(['windows', 'split', 'batch'])('%s.mjs without a file says how it is used', async (name) => {
  const { code, stderr } = await run(name);
  expect(code).toBe(2);
  expect(stderr).toMatch(new RegExp(`^Usage: node examples/${name}\\.mjs FILE`));
});
