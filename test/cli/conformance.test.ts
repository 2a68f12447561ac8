import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { cochlea, lines, program, start, temporaryFolder } from './command.js';
import { writeSilence, writeWav } from './sounds.js';

/** A folder with a tone, silence, a text and a list of what is true of them. */
async function corpus() {
  const folder = temporaryFolder();
  const files = join(folder, 'files');
  mkdirSync(files);
  writeFileSync(join(files, 'words.mp3'), 'these are words, not audio');
  const tone = await facts(writeWav(join(files, 'tone.wav'), { sampleRate: 44_100, channels: 2 }));
  const empty = await facts(writeWav(join(files, 'short.wav'), { frames: 1 }));
  const list = [
    { file: 'tone.wav', ...tone },
    { file: 'short.wav', ...empty },
    { file: 'words.mp3', decodable: false, container: null, sampleRate: 0, channels: 0, frames: 0 },
  ];
  const expectedPath = join(folder, 'expected.json');
  const write = (entries: unknown) => writeFileSync(expectedPath, JSON.stringify(entries));
  write(list);
  return { files, list, expectedPath, write };
}

async function facts(path: string) {
  const native = await decode(path, { channels: 'native' });
  const { data } = await decode(path, { sampleRate: 16_000 });
  return {
    decodable: true,
    sampleRate: native.sampleRate,
    channels: native.channels,
    frames: native.frames,
    frames16k: data.length,
    rms16k: Math.sqrt(data.reduce((sum, sample) => sum + sample * sample, 0) / data.length),
    peak16k: data.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0),
  };
}

test('agrees: exits with 0 and counts', async () => {
  const { files, expectedPath } = await corpus();
  const run = await cochlea('conformance', files, '--expected', expectedPath);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(run.stdout).toContain('3 files: 2 ok, 1 typed error, 0 mismatches');
  expect(run.stdout).toMatch(/words\.mp3 +error +ERR_AUDIO_UNSUPPORTED_CONTAINER/);
});

test.each([
  ['frames', 4001, 'frames is 4000, expected 4001'],
  ['sampleRate', 48_000, 'sampleRate is 44100, expected 48000'],
  ['channels', 1, 'channels is 2, expected 1'],
  ['frames16k', 1451, 'frames16k is 1452, expected 1451'],
])('one wrong number, %s: exits with 1 and names file and number', async (field, value, difference) => {
  const { files, list, write } = await corpus();
  write(list.map((entry) => (entry.file === 'tone.wav' ? { ...entry, [field]: value } : entry)));
  const run = await cochlea('conformance', files);
  expect(run.code).toBe(1);
  expect(run.stdout).toContain(`mismatch tone.wav: ${difference}`);
  expect(run.stdout).toContain('3 files: 1 ok, 1 typed error, 1 mismatch');
});

test.each(['rms16k', 'peak16k'] as const)('%s may differ by a thousandth, not by two', async (field) => {
  const { files, list, write } = await corpus();
  const off = (factor: number) =>
    write(list.map((entry) => ('rms16k' in entry ? { ...entry, [field]: entry[field] * factor } : entry)));
  off(1.0009);
  expect((await cochlea('conformance', files)).code).toBe(0);
  off(1.002);
  const run = await cochlea('conformance', files, '--json');
  expect(run.code).toBe(1);
  expect(lines(run)[0]).toMatchObject({
    file: 'tone.wav',
    ok: false,
    result: 'mismatch',
    differences: [expect.stringContaining(field)],
  });
});

test('audio where an error is expected, and an error where audio is, are mismatches', async () => {
  const { files, write } = await corpus();
  write({
    files: [
      { path: 'tone.wav', decodable: false },
      { path: 'words.mp3', decodable: true },
      { path: 'missing.wav', decodable: false },
    ],
  });
  const run = await cochlea('conformance', files, '--json');
  expect(run.code).toBe(1);
  expect(lines(run).map(({ file, differences }) => [file, differences])).toEqual([
    ['tone.wav', ['it decoded, expected an error']],
    ['words.mp3', [expect.stringContaining('ERR_AUDIO_UNSUPPORTED_CONTAINER, expected audio')]],
    ['missing.wav', [expect.stringContaining('the file cannot be read')]],
  ]);
});

test('without a list, each file decodes or ends in a typed error', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'deep'));
  writeWav(join(folder, 'deep', 'tone.wav'));
  writeFileSync(join(folder, 'empty.wav'), '');
  const run = await cochlea('conformance', folder, '--json');
  expect(run.code).toBe(0);
  expect(lines(run)).toMatchObject([
    { file: 'deep/tone.wav', ok: true, result: 'ok', measured: { frames: 4000 } },
    { file: 'empty.wav', ok: true, result: 'error', code: 'ERR_AUDIO_EMPTY' },
  ]);
});

test('a file that takes the process down is a mismatch, and the next one is checked', async () => {
  const folder = temporaryFolder();
  writeSilence(join(folder, '1.wav'), 1800);
  writeWav(join(folder, '2.wav'));
  const { child, finished } = start(program, ['conformance', folder, '--json']);
  const children = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  while (children() === '') await sleep(5);
  process.kill(Number(children()), 'SIGSEGV');
  const run = await finished;
  expect(run.code).toBe(1);
  expect(lines(run)).toMatchObject([
    { file: '1.wav', ok: false, result: 'mismatch', differences: ['the process died (SIGSEGV)'] },
    { file: '2.wav', ok: true, result: 'ok' },
  ]);
});

test('a file that does not end in time is a mismatch', async () => {
  const folder = temporaryFolder();
  writeSilence(join(folder, '1.wav'), 1800);
  const run = await cochlea('conformance', folder, '--hang-after', '50', '--json');
  expect(run.code).toBe(1);
  expect(lines(run)).toMatchObject([{ file: '1.wav', differences: ['it did not end within 50 ms'] }]);
});
