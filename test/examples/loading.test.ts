import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const speech = readFileSync(path('test/fixtures/speech/speech.mp3'));

test('load.mjs', async () => {
  const server = createServer((_, response) => response.end(speech)).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  const base = await new Promise<string>((resolve) =>
    server.once('listening', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );
  const args = [path('examples/load.mjs'), `${base}/a?token=1`, 'file:///etc/passwd'];
  const { stdout } = await run(process.execPath, args, { env: { ...process.env, ALLOW_PRIVATE: '1' } });
  const [loaded, refused, cached] = stdout.split('\n');
  expect(loaded).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/a: mp3, 2\.881 s, miss$/);
  expect(refused).toBe('file passwd: ERR_FETCH_REFUSED, the fault of the client: files are not read here');
  expect(cached).toMatch(/^in the cache: 1 of \d+ bytes$/);
});

test('chat.mjs', async () => {
  const child = spawn(process.execPath, [path('examples/chat.mjs')]);
  const content = [
    { type: 'text', text: 'What is said here?' },
    { type: 'input_audio', input_audio: { data: speech.toString('base64'), format: 'mp3' } },
    { type: 'audio_url', audio_url: { url: 'https://localhost/a.mp3' } },
  ];
  child.stdin.end(
    JSON.stringify([
      { role: 'system', content: 'Listen.' },
      { role: 'user', content },
    ]),
  );
  expect(await text(child.stdout)).toBe(
    'messages[1].content[1]: 1 × at most 30 s\nmessages[1].content[2]: ERR_FETCH_REFUSED\n',
  );
});
