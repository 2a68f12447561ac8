import { execFile, spawn } from 'node:child_process';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { decode } from '../../dist/index.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const file = join(root, 'test/fixtures/ranges/lame.mp3');
const example = (name: string, ...args: string[]) => run(process.execPath, [join(root, 'examples', name), ...args]);
const audio = await decode(file, { sampleRate: 16_000 });

test('stream.mjs, from a file and from standard input', async () => {
  const expected = new RegExp(`^mp3, ${audio.duration.toFixed(3)} s, loudest second from \\d s\\n$`);
  expect((await example('stream.mjs', file)).stdout).toMatch(expected);
  const child = spawn(process.execPath, [join(root, 'examples/stream.mjs'), '-']);
  createReadStream(file).pipe(child.stdin);
  let output = '';
  for await (const text of child.stdout) output += text;
  expect(output).toMatch(expected);
});

test('ranges.mjs', async () => {
  const { stdout } = await example('ranges.mjs', file, '1', '2', '4.5', '99');
  expect(stdout).toBe(
    `from frame 16000: 16000 frames\nfrom frame 72000: ${audio.frames - 72_000} frames\n` +
      `the last second: from frame ${audio.frames - 16_000}\n`,
  );
});

test('pipeline.mjs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await example('pipeline.mjs', file, join(folder, 'out.f32'));
  const bytes = readFileSync(join(folder, 'out.f32'));
  expect(bytes.equals(Buffer.from(audio.data.buffer, 0, audio.data.byteLength))).toBe(true);
});

test('upload.mjs answers with what was uploaded, and with what was wrong with it', async () => {
  const server = spawn(process.execPath, [join(root, 'examples/upload.mjs'), '0']);
  onTestFinished(() => {
    server.kill();
  });
  const url = await new Promise<string>((resolve) => server.stdout.once('data', (text) => resolve(`${text}`.trim())));
  const good = await fetch(url, { method: 'POST', body: readFileSync(file) });
  expect(await good.json()).toEqual({ chunks: [{ start: 0, frames: audio.frames }] });
  const bad = await fetch(url, { method: 'POST', body: 'no audio' });
  expect([bad.status, await bad.json()]).toEqual([
    400,
    expect.objectContaining({ code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER' }),
  ]);
});

test.each(['stream.mjs', 'ranges.mjs', 'pipeline.mjs'])('%s without arguments says how to use it', async (name) => {
  await expect(example(name)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('Usage:') });
});
