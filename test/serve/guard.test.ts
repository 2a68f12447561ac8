import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { AudioTower } from '../../dist/tower/index.js';
import { InlineSender } from '../../dist/transfer/index.js';
import { EncodeWorker } from '../../dist/worker/index.js';
import { towerFolder } from '../tower/reference.js';
import { errorOf, form, post, service, speech } from './service.js';

const keys = ['first-key-of-two', 'second-key-of-two'];
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('keys', () => {
  test.each([
    ['none', {}],
    ['another one', bearer('third-key-of-none')],
    ['a part of one', bearer('first-key-of-tw')],
    ['another scheme', { authorization: `Basic ${keys[0]}` }],
  ])('%s: 401, before the body is read', async (_, headers) => {
    await using app = await service({ apiKeys: keys });
    for (const path of ['/v1/audio/decode', '/v1/audio/features']) {
      const response = await post(`${app.url}${path}`, form(), headers);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await errorOf(response)).toMatchObject({ code: 'ERR_UNAUTHORIZED', fault: 'client' });
    }
    expect((await fetch(`${app.url}/v1/models`, { headers })).status).toBe(401);
  });

  test('each of them opens; health, metrics and the page need none', async () => {
    await using app = await service({ apiKeys: keys });
    for (const key of keys) {
      expect((await post(`${app.url}/v1/audio/decode`, form(), bearer(key))).status).toBe(200);
    }
    for (const path of ['/health', '/health/ready', '/metrics', '/', '/openapi.json']) {
      expect((await fetch(`${app.url}${path}`)).status).toBe(200);
    }
  });

  test('authenticate decides, too; what it throws is no way in', async () => {
    const authenticate = (request: { headers: Record<string, unknown> }) => {
      if (request.headers['x-user'] === undefined) throw new Error('the database is away');
      if (request.headers['x-blocked']) throw Object.assign(new Error('blocked'), { statusCode: 403 });
      return request.headers['x-user'] === 'anna';
    };
    await using app = await service({ apiKeys: keys, authenticate: authenticate as never });
    const status = async (headers: Record<string, string>) =>
      (await post(`${app.url}/v1/audio/decode`, form(), headers)).status;
    expect(await status({ 'x-user': 'anna' })).toBe(200);
    expect(await status({ 'x-user': 'otto' })).toBe(401);
    expect(await status({})).toBe(500);
    expect(await status({ 'x-user': 'otto', 'x-blocked': 'yes' })).toBe(403);
    expect(await status(bearer(keys[1] as string))).toBe(200);
  });

  test('a key that is too short or has spaces is refused, and not shown', async () => {
    for (const key of ['short', 'with a space in it']) {
      const failure = await service({ apiKeys: [key] }).catch((error) => String(error));
      expect(failure).toContain('options.apiKeys[0]');
      expect(failure).not.toContain(key);
    }
  });
});

test('no address of this machine or its networks, and no file, can be reached through a route', async () => {
  const asked: string[] = [];
  const secret = createServer((request, response) => {
    asked.push(String(request.url));
    response.end('secret');
  }).listen(0, '127.0.0.1');
  await once(secret, 'listening');
  const { port } = secret.address() as AddressInfo;
  const tower = await AudioTower.load(towerFolder('whisper'), { provider: 'cpu' });
  const worker = (loader: ConstructorParameters<typeof EncodeWorker>[0]['loader']) =>
    new EncodeWorker({ loader, tower, transfer: new InlineSender() });
  await using app = await service({ worker, load: { allowHttp: true } });
  const hosts = ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '2130706433', '127.1', '[::ffff:127.0.0.1]'];
  const addresses = [
    ...hosts.map((host) => `http://${host}:${port}/`),
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'file:///etc/hostname',
    '/etc/hostname',
    'test/fixtures/speech/speech.mp3',
  ];
  for (const audio_url of addresses) {
    const bodies: [string, object][] = [
      ['/v1/audio/decode', { audio_url }],
      ['/v1/audio/features', { audio_url: { url: audio_url } }],
      ['/v1/audio/embeddings', { items: [{ audio_url }] }],
      ['/v1/audio/embeddings', { multimodal_input: { audio_url } }],
      ['/v1/embeddings', { input: [audio_url], modality: 'audio' }],
    ];
    for (const [path, body] of bodies) {
      const response = await post(`${app.url}${path}`, body);
      expect([response.status, (await errorOf(response)).code], `${path} ${audio_url}`).toEqual([
        400,
        'ERR_FETCH_REFUSED',
      ]);
    }
  }
  expect(asked).toEqual([]);
  secret.close();
  await tower.close();
});

test('no line of the log has a key, a query or a payload', async () => {
  const canaries = {
    key: 'canary-of-the-key',
    query: 'canary-of-the-query',
    body: 'canary-of-the-body',
    file: 'FILECANARY',
  };
  await using app = await service({ apiKeys: [canaries.key], load: { allowHttp: true } });
  const headers = bearer(canaries.key);
  const url = `http://127.0.0.1/talk.mp3?token=${canaries.query}`;
  await post(`${app.url}/v1/audio/decode?token=${canaries.query}`, form(), headers);
  await post(`${app.url}/v1/audio/decode`, { audio_url: url }, headers);
  await post(`${app.url}/v1/audio/decode`, { audio_url: canaries.body, start: canaries.body }, headers);
  await post(`${app.url}/v1/audio/decode`, { input_audio: { data: canaries.body } }, headers);
  await post(
    `${app.url}/v1/audio/decode`,
    form({ [canaries.body]: canaries.body }, [Buffer.from(canaries.file)]),
    headers,
  );
  await post(`${app.url}/v1/audio/decode`, form(), bearer(`${canaries.key}-wrong`));
  await fetch(`${app.url}/v1/audio/decode`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: `{"audio_url": "${canaries.body}`,
  });
  await fetch(`${app.url}/v1/models?token=${canaries.query}`, { headers });
  const text = JSON.stringify(app.log);
  expect(app.log.length).toBeGreaterThan(14);
  for (const canary of Object.values(canaries)) expect(text).not.toContain(canary);
  expect(text).not.toContain(speech.toString('base64').slice(0, 40));
});

test('the id of a request is taken, echoed and told; one that a log should not hold is not', async () => {
  await using app = await service();
  const ask = (id: string) => post(`${app.url}/v1/audio/decode`, {}, { 'x-request-id': id });
  const known = await ask('trace-17');
  expect(known.headers.get('x-request-id')).toBe('trace-17');
  expect((await errorOf(known)).request_id).toBe('trace-17');
  expect((await ask('a"b {}')).headers.get('x-request-id')).toMatch(/^req-/);
});
