import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../free_port.js';
import { audioServer } from '../openai/server.js';
import { fixtures, towerFolder } from '../tower/reference.js';
import { cochlea, lines, temporaryFolder } from './command.js';
import { serving } from './serving.js';

const speech = new Uint8Array(readFileSync(join(fixtures, 'speech/speech.mp3')));

function decode(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/audio/decode?sample_rate=16000&token=secret`, {
    method: 'POST',
    headers: { 'content-type': 'audio/mpeg', ...headers },
    body: speech,
  });
}

test('without a model: decodes, says which routes there are, stops by SIGTERM with 0', async () => {
  const { url, said, stop } = await serving();
  expect(said).toMatch(/POST {4}\/v1\/audio\/decode +Decode any audio\n/);
  expect(said).not.toContain('/v1/audio/embeddings');
  const response = await fetch(`${url}/v1/audio/decode?sample_rate=16000`, {
    method: 'POST',
    headers: { 'content-type': 'audio/mpeg' },
    body: speech,
  });
  expect([response.status, response.headers.get('x-audio-sample-rate')]).toEqual([200, '16000']);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('process_resident_memory_bytes');
  const missing = await fetch(`${url}/nothing?token=secret`);
  expect([missing.status, await missing.json()]).toMatchObject([404, { error: { code: 'ERR_REQUEST_INVALID' } }]);
  const finished = await stop();
  expect(finished.code).toBe(0);
  // Logs are lines of JSON, without queries.
  expect(lines(finished).length).toBeGreaterThan(3);
  expect(finished.stdout).not.toContain('secret');
});

test('with a tower, handed over by http; not ready until it is loaded', async () => {
  const folder = towerFolder('whisper');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const args = ['--tower', folder, '--transfer', 'http', '--public-url', address, '--port', String(port)];
  const { url, stop } = await serving(...args);
  for (;;) {
    const { status } = await fetch(`${url}/health/ready`);
    if (status === 200) break;
    expect(status).toBe(503);
  }
  const form = new FormData();
  form.append('file', new Blob([speech]), 'a.mp3');
  form.append('transfer', 'http');
  const response = await fetch(`${url}/v1/audio/embeddings`, { method: 'POST', body: form });
  const { model, data } = (await response.json()) as { model: string; data: { transfer: { url: string } }[] };
  expect(model).toBe('whisper');
  expect(data[0]?.transfer.url).toMatch(`${address}/v1/tensors/`);
  expect((await fetch(data[0]?.transfer.url ?? '')).status).toBe(200);
  expect((await stop('SIGINT')).code).toBe(0);
});

test('a request that is there when the service stops is answered', async () => {
  const slow = createServer((_, response) => setTimeout(() => response.end(speech), 500)).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  onTestFinished(() => void slow.close());
  const { port } = slow.address() as AddressInfo;
  const { url, stop } = await serving('--allow-http', '--allow-private', '--log-level', 'silent');
  const asked = fetch(`${url}/v1/audio/decode`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ audio_url: `http://127.0.0.1:${port}/` }),
  });
  await once(slow, 'request');
  const stopped = stop();
  expect((await asked).status).toBe(200);
  expect(await stopped).toMatchObject({ code: 0, stdout: '' });
});

test('a tower that is not there: the error, and 1', async () => {
  const finished = await cochlea('serve', '--port', '0', '--tower', '/nowhere', '--log-level', 'silent');
  expect(finished.code).toBe(1);
  expect(finished.stderr).toContain('ERR_MODEL_INVALID');
});

test('a port that is taken: the error, and 1', async () => {
  const { url } = await serving();
  const finished = await cochlea('serve', '--port', new URL(url).port);
  expect([finished.code, finished.stderr]).toEqual([1, expect.stringContaining('EADDRINUSE')]);
});

test.each(['0.0.0.0', '::', '192.0.2.1', 'example.com'])('%s without a key is refused', async (host) => {
  const finished = await cochlea('serve', '--host', host);
  expect(finished.code).toBe(2);
  expect(finished.stderr).toContain(`others can reach ${host}, and no key is needed: add --api-key-file`);
});

test('with keys of a file, or when told so, it listens on a public address', async () => {
  const keys = join(temporaryFolder(), 'keys');
  writeFileSync(keys, '# of the two clients\nkey-of-the-first\n\nkey-of-the-second\n');
  const { url, stop } = await serving('--host', '0.0.0.0', '--api-key-file', keys);
  const local = url.replace('0.0.0.0', '127.0.0.1');
  expect((await decode(local)).status).toBe(401);
  expect((await decode(local, { authorization: 'Bearer # of the two clients' })).status).toBe(401);
  for (const key of ['key-of-the-first', 'key-of-the-second']) {
    expect([400, key]).toEqual([(await decode(local, { authorization: `Bearer ${key}` })).status, key]);
  }
  const { stdout, stderr } = await stop();
  expect(stdout + stderr).not.toContain('key-of');
  const open = await serving('--host', '0.0.0.0', '--allow-unauthenticated');
  expect((await fetch(`${open.url.replace('0.0.0.0', '127.0.0.1')}/health`)).status).toBe(200);
});

test('options of a file; the command line counts more', async () => {
  const config = join(temporaryFolder(), 'service.json');
  const options = {
    page: false,
    docs: false,
    maxSeconds: 1,
    logLevel: 'silent',
    host: '192.0.2.1',
    allowHost: ['a.example'],
  };
  writeFileSync(config, JSON.stringify(options));
  const { url, stop } = await serving('--config', config, '--host', '127.0.0.1');
  expect((await fetch(`${url}/`)).status).toBe(404);
  const response = await fetch(`${url}/v1/audio/decode`, {
    method: 'POST',
    headers: { 'content-type': 'audio/mpeg' },
    body: speech,
  });
  expect([response.status, await response.json()]).toMatchObject([413, { error: { code: 'ERR_AUDIO_LIMIT' } }]);
  expect((await stop()).stdout).toBe('');
});

test.each([
  ['[]', 'must hold an object'],
  ['{', 'cannot be read'],
  ['{"prot": 1}', 'prot is not an option of serve'],
  ['{"port": "many"}', 'port: Expected a whole number.'],
  ['{"page": "no"}', 'page must be true or false'],
  ['{"allowHost": "a.example"}', 'allowHost must be a list'],
  ['{"transfer": ["nixl"]}', 'transfer must be http or file'],
  ['{"transfer": ["http"], "tower": "x"}', '--transfer http and --public-url go together'],
  ['{"queue": -1}', 'queue: Expected a whole number.'],
])('a file with %s is refused', async (text, message) => {
  const config = join(temporaryFolder(), 'service.json');
  writeFileSync(config, text);
  const finished = await cochlea('serve', '--config', config);
  expect([finished.code, finished.stderr]).toEqual([2, expect.stringContaining(message)]);
});

test("in front of a server with OpenAI's audio API: its key comes from a file, and is in no log", async () => {
  await using server = await audioServer();
  const key = join(temporaryFolder(), 'key');
  writeFileSync(key, 'upstream-secret\n');
  const { url, said, stop } = await serving(
    '--upstream',
    `${server.url},http://127.0.0.1:9/v1`,
    '--upstream-key-file',
    key,
  );
  expect(said).toContain('/v1/audio/transcriptions');
  const body = new FormData();
  body.append('file', new Blob([speech]), 'a.mp3');
  body.append('model', 'whisper-1');
  const response = await fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', body });
  expect([response.status, await response.json()]).toMatchObject([200, { text: expect.any(String) }]);
  expect(server.uploads[0]?.authorization).toBe('Bearer upstream-secret');
  const { stdout, stderr } = await stop();
  expect(stdout + stderr).not.toContain('upstream-secret');
});

test('mistakes about servers', async () => {
  const usage = async (...args: string[]) => (await cochlea('serve', ...args)).stderr.split('\n')[0];
  expect(await usage('--upstream-key-file', '/nowhere')).toBe('error: --upstream-key-file goes with --upstream');
  expect(await usage('--upstream', 'localhost:9')).toContain('must be an http: or https: address');
});
