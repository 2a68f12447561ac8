import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slowness } from '../safe/outcome.js';
import { errorOf, form, post, type Service, type ServiceOptions, service, speech } from './service.js';

/** Gives audio when the test says so. */
let slow: Server;
let address: string;
const held: ServerResponse[] = [];

beforeAll(async () => {
  slow = createServer((_, response) => void held.push(response)).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  address = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/talk.mp3`;
});

afterAll(() => {
  slow.closeAllConnections();
  slow.close();
});

/** May fetch from the slow server, each time anew. */
function patient(options: ServiceOptions = {}): Promise<Service> {
  const load = { allowHttp: true, allowPrivateAddresses: true, cache: { maxBytes: 0 } };
  return service({ load, ...options });
}

/** A request that works until the slow server answers. */
let requests = 0;
function stalled({ url }: Service, signal?: AbortSignal): Promise<Response> {
  const audio_url = `${address}?${requests++}`;
  const headers = { 'content-type': 'application/json' };
  return fetch(`${url}/v1/audio/decode`, {
    method: 'POST',
    body: JSON.stringify({ audio_url }),
    headers,
    signal: signal ?? null,
  });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000 * slowness;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not come to that');
    await sleep(10);
  }
}

async function metric({ url }: Service, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
}

function release(): void {
  for (const response of held.splice(0)) response.end(speech);
}

test('more than may wait: 429 with Retry-After, at once; the others are answered', async () => {
  await using app = await patient({ limits: { concurrency: 1, queue: 1 } });
  const first = stalled(app);
  await until(async () => (await metric(app, 'cochlea_requests_running')) === 1);
  const second = stalled(app);
  await until(async () => (await metric(app, 'cochlea_requests_waiting')) === 1);
  const third = await post(`${app.url}/v1/audio/decode`, form());
  expect(third.status).toBe(429);
  expect(Number(third.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await errorOf(third)).toMatchObject({ code: 'ERR_BUSY', retryable: true, fault: 'server' });
  await until(() => held.length === 1);
  release();
  expect((await first).status).toBe(200);
  await until(() => held.length === 1);
  release();
  expect((await second).status).toBe(200);
  expect(await metric(app, 'cochlea_requests_running')).toBe(0);
});

test('requests whose bodies are still coming count: one more is refused before its body is read', async () => {
  await using app = await patient({ limits: { concurrency: 1, queue: 1 } });
  const { port } = new URL(app.url);
  const head = 'POST /v1/audio/decode HTTP/1.1\r\nhost: localhost\r\ncontent-type: audio/mpeg\r\n';
  const slowly = [0, 1].map(() => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`${head}content-length: 2000\r\n\r\n${'x'.repeat(1000)}`);
    return socket;
  });
  await until(async () => (await metric(app, 'cochlea_bodies_bytes')) === 2000);
  expect((await post(`${app.url}/v1/audio/decode`, form())).status).toBe(429);
  for (const socket of slowly) socket.destroy();
  await until(async () => (await metric(app, 'cochlea_bodies_bytes')) === 0);
  expect((await post(`${app.url}/v1/audio/decode`, form())).status).toBe(200);
});

test('a client that leaves frees its place, and its fetch ends', async () => {
  await using app = await patient({ limits: { concurrency: 1 } });
  const leaving = new AbortController();
  const first = stalled(app, leaving.signal);
  await until(() => held.length === 1);
  const ended = once(held[0] as ServerResponse, 'close');
  leaving.abort();
  await expect(first).rejects.toThrow();
  await ended;
  held.splice(0);
  await until(async () => (await metric(app, 'cochlea_requests_running')) === 0);
  expect(app.loader.stats().loading).toBe(0);
  expect((await post(`${app.url}/v1/audio/decode`, form())).status).toBe(200);
});

test('a client that left while its key was looked up kept its place and its bytes for ever', async () => {
  let answer: (may: boolean) => void = () => {};
  let asked = 0;
  const authenticate = () =>
    new Promise<boolean>((resolve) => {
      asked++;
      answer = resolve;
    });
  await using app = await service({ authenticate, limits: { bodiesBytes: 100_000 } });
  const { port } = new URL(app.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    'POST /v1/audio/decode HTTP/1.1\r\nhost: x\r\ncontent-type: audio/wav\r\ncontent-length: 90000\r\n\r\nRIFF',
  );
  await until(() => asked === 1);
  socket.destroy();
  await until(() => new Promise((resolve) => app.app.server.getConnections((_, count) => resolve(count === 0))));
  answer(true);
  const next = post(`${app.url}/v1/audio/decode`, new Uint8Array(speech), { 'content-type': 'audio/mpeg' });
  await until(() => asked === 2);
  answer(true);
  expect((await next).status).toBe(200);
});

test('a request that takes too long: 504', async () => {
  await using app = await patient({ limits: { timeout: 300 } });
  const response = await stalled(app);
  expect(response.status).toBe(504);
  expect(await errorOf(response)).toMatchObject({ code: 'ERR_AUDIO_LIMIT', fault: 'server', retryable: true });
  held.splice(0);
});

test('a body that comes too slowly: 408', async () => {
  await using app = await service({ limits: { timeout: 300 } });
  const { port } = new URL(app.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    'POST /v1/audio/decode HTTP/1.1\r\nhost: x\r\ncontent-type: audio/wav\r\ncontent-length: 1000\r\n\r\nRIFF',
  );
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 408 /);
  expect(String(answer)).toContain('ERR_REQUEST_INVALID');
  socket.destroy();
});

describe('sizes', () => {
  test.each(['announced', 'in pieces'])('a body above the limit, %s: 413', async (how) => {
    await using app = await service({ limits: { bodyBytes: 10_000 } });
    const bytes = new Uint8Array(20_000);
    const body = how === 'announced' ? bytes : new Blob([bytes]).stream();
    const response = await post(`${app.url}/v1/audio/decode`, body, { 'content-type': 'audio/wav' });
    expect(response.status).toBe(413);
    expect(await errorOf(response)).toMatchObject({ code: 'ERR_AUDIO_LIMIT', fault: 'client' });
  });

  test('bodies that do not fit in memory together: 429, and room again after them', async () => {
    await using app = await service({ limits: { bodiesBytes: 100_000 } });
    const { port } = new URL(app.url);
    const socket = connect(Number(port), '127.0.0.1');
    // It says that it will send more, and what it only says takes no room.
    const head = 'POST /v1/audio/decode HTTP/1.1\r\nhost: x\r\ncontent-type: audio/wav\r\n';
    socket.write(`${head}content-length: 99000\r\n\r\n`);
    await until(async () => (await metric(app, 'cochlea_requests_running')) === 0);
    expect(await metric(app, 'cochlea_bodies_bytes')).toBe(0);
    socket.write(Buffer.alloc(90_000));
    await until(async () => (await metric(app, 'cochlea_bodies_bytes')) === 90_000);
    const send = () => post(`${app.url}/v1/audio/decode`, new Uint8Array(speech), { 'content-type': 'audio/mpeg' });
    await until(async () => (await send()).status === 429);
    socket.destroy();
    await until(async () => (await send()).status === 200);
  });
});

describe('closing', () => {
  test('what is there may end; the service is not ready meanwhile', async () => {
    const app = await patient();
    const first = stalled(app);
    await until(() => held.length === 1);
    const closed = app[Symbol.asyncDispose]();
    await sleep(50);
    release();
    expect((await first).status).toBe(200);
    await closed;
    await expect(fetch(`${app.url}/health`)).rejects.toThrow();
  });

  test('what does not end within the grace period is answered with 503', async () => {
    const app = await patient({ grace: 100 });
    const first = stalled(app);
    await until(() => held.length === 1);
    const closed = app[Symbol.asyncDispose]();
    const response = await first;
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    await closed;
    held.splice(0);
  });
});

test('a model that loads: not ready, 503; then ready', async () => {
  let arrive: () => void = () => {};
  const arriving = new Promise<never>((_, reject) => {
    arrive = () => reject(new Error('no model'));
  });
  arriving.catch(() => {});
  await using app = await service({ worker: () => arriving });
  expect(await (await fetch(`${app.url}/health/ready`)).json()).toEqual({ status: 'loading' });
  const response = await post(`${app.url}/v1/audio/embeddings`, form());
  expect(response.status).toBe(503);
  expect(await errorOf(response)).toMatchObject({ code: 'ERR_CLOSED', message: 'the model is loading' });
  // What needs no model works.
  expect((await post(`${app.url}/v1/audio/decode`, form())).status).toBe(200);
  arrive();
  await sleep(10);
  const failed = await post(`${app.url}/v1/audio/embeddings`, form());
  expect(await errorOf(failed)).toMatchObject({ message: 'the model could not be loaded' });
});
