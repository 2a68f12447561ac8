import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { until } from '../concurrency/long-audio.js';
import { equalSamples } from '../decode/wav.js';
import { errorOf } from '../safe/outcome.js';
import { toneWav } from '../safe/sounds.js';
import { failureOf, type Handler, lenientLoader, listen, raw, serve } from './hostile_server.js';

/** Servers that stall, drip or break off, in every phase; and callers who leave in each of them. */

const ok = 'HTTP/1.1 200 OK\r\n';
const small = Buffer.from(toneWav(1));
/** Decoded while it comes. */
const large = Buffer.from(toneWav(120));
const head = `${ok}Content-Length: ${large.length}\r\n\r\n`;
const start = (bytes: number): Buffer => Buffer.concat([Buffer.from(head), large.subarray(0, bytes)]);

/** A byte every now and then, for ever. */
const drip =
  (before: string): Handler =>
  ({ socket }) => {
    socket.write(before);
    const timer = setInterval(() => socket.write('a'), 5);
    socket.on('close', () => clearInterval(timer));
  };

const stalls: [string, Handler][] = [
  ['before the headers', raw('', 'stall')],
  ['in the headers', raw(`${ok}Content-Le`, 'stall')],
  ['after the headers', raw(head, 'stall')],
  ['in a small body', raw(Buffer.concat([Buffer.from(head), small]), 'stall')],
  ['in a large body, which is being decoded', raw(start(2_000_000), 'stall')],
  ['dripping in the headers', drip(`${ok}X: `)],
  ['dripping in the body', drip(`${ok}Content-Length: 1000000\r\n\r\n`)],
  ['dripping hints', ({ socket }) => void setInterval(() => socket.write('HTTP/1.1 103 Early\r\n\r\n'), 5).unref()],
  ['after a redirect', ({ url, socket }) => url === '/' && socket.write('HTTP/1.1 302 Go\r\nLocation: /b\r\n\r\n')],
];

describe.each(stalls)('a server that stalls %s', (_, handler) => {
  test('costs the time of the fetch, and is asked once', async () => {
    const server = await serve((request, response, number) => {
      // The answer to a redirect is looked at, not its body, which does not come.
      if (request.url !== '/b') handler(request, response, number);
    });
    const began = performance.now();
    const error = await failureOf(lenientLoader({ timeout: 250 }), server.url);
    const milliseconds = performance.now() - began;
    expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED', reason: 'timeout', fault: 'server', retryable: true });
    expect(milliseconds).toBeGreaterThanOrEqual(245);
    expect(milliseconds).toBeLessThan(2000);
    expect(server.requests.filter(({ url }) => url === '/')).toHaveLength(1);
    await until(() => server.connections.open === 0);
  });

  test('is left at once by an abort', async () => {
    const server = await serve((request, response, number) => {
      if (request.url !== '/b') handler(request, response, number);
    });
    const controller = new AbortController();
    const loader = lenientLoader();
    for (const call of ['load', 'probe'] as const) {
      const before = server.requests.length;
      const error = errorOf(loader[call](server.url, { signal: controller.signal }) as Promise<unknown>);
      if (call === 'load') await until(() => server.requests.length > before);
      const aborted = performance.now();
      controller.abort('enough');
      expect(await error).toMatchObject({ name: 'AbortError', cause: 'enough' });
      expect(performance.now() - aborted).toBeLessThan(2000);
      await until(() => server.connections.open === 0);
    }
  });
});

describe('a connection that is lost', () => {
  const lost = { code: 'ERR_FETCH_FAILED', fault: 'server', retryable: true };

  test.each([
    ['before the headers', raw('', 'reset'), 'reset'],
    ['in the headers', raw(ok, 'reset'), 'reset'],
    ['in a small body', raw(start(5000), 'reset'), 'incomplete'],
    ['during the decode of a large body', raw(start(2_000_000), 'reset'), 'incomplete'],
    ['by its end, during the decode of a large body', raw(start(2_000_000)), 'incomplete'],
  ] as const)('%s: all tries, then an error', async (_, handler, reason) => {
    const server = await serve(handler);
    const error = await failureOf(lenientLoader({ retries: 2 }), server.url);
    expect(error).toMatchObject({ ...lost, reason });
    expect(server.requests).toHaveLength(3);
  });

  test('a reset is not the end of a body without a length', async () => {
    const server = await serve(raw(Buffer.concat([Buffer.from(`${ok}\r\n`), small.subarray(0, 5000)]), 'reset'));
    expect(await failureOf(lenientLoader({ retries: 0 }), server.url)).toMatchObject({ ...lost, reason: 'incomplete' });
  });

  test('in the middle of a large body is made good by the next try', async () => {
    const server = await serve((request, response, number) => {
      if (number === 1) raw(start(2_500_000), 'reset')(request, response, number);
      else response.end(large);
    });
    const loader = lenientLoader();
    const audio = await loader.load(server.url);
    expect(audio).toMatchObject({ frames: 120 * 16_000, cache: 'miss' });
    expect(equalSamples(audio.data, (await loader.load(large)).data)).toBe(true);
    expect(server.requests).toHaveLength(2);
  });

  test('nobody there: no further try', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const error = await failureOf(lenientLoader(), `http://127.0.0.1:${port}`);
    expect(error).toMatchObject({ ...lost, reason: 'connect', cause: { code: 'ECONNREFUSED' } });
  });
});

describe('a host that takes no connection', () => {
  // TLS begins when the connection stands: a server that says nothing keeps it from being made.
  const mute = () => listen(createServer((socket) => socket.resume()));

  test('costs the time for connecting', async () => {
    const { url, connections } = await mute();
    const began = performance.now();
    const error = await failureOf(lenientLoader({ connectTimeout: 200 }), url.replace('http:', 'https:'));
    expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED', reason: 'timeout', fault: 'server', retryable: true });
    expect(error.message).toMatch(/does not take a connection/);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(connections.made).toBe(1);
  });

  test('is left at once by an abort', async () => {
    const { url, connections } = await mute();
    const controller = new AbortController();
    const loader = lenientLoader({ connectTimeout: 400 });
    const error = errorOf(loader.load(url.replace('http:', 'https:'), { signal: controller.signal }));
    await until(() => connections.open === 1);
    const aborted = performance.now();
    controller.abort('enough');
    expect(await error).toMatchObject({ name: 'AbortError', cause: 'enough' });
    expect(performance.now() - aborted).toBeLessThan(300);
    await until(() => connections.open === 0);
  });

  test('costs no more than the time of the fetch', async () => {
    const { url } = await mute();
    const loader = lenientLoader({ timeout: 100, connectTimeout: 400 });
    expect(await failureOf(loader, url.replace('http:', 'https:'))).toMatchObject({
      reason: 'timeout',
      message: 'the fetch took too long',
    });
  });
});

test('who waits for a place leaves by an abort, and nothing is fetched', async () => {
  const server = await serve(raw('', 'stall'));
  const loader = lenientLoader({}, { concurrency: { downloads: 1 } });
  const first = new AbortController();
  const second = new AbortController();
  const stalled = errorOf(loader.load(`${server.url}/1`, { signal: first.signal }));
  await until(() => server.requests.length === 1);
  const waiting = errorOf(loader.load(`${server.url}/2`, { signal: second.signal }));
  await until(() => loader.stats().waiting === 1);
  second.abort('enough');
  expect(await waiting).toMatchObject({ name: 'AbortError', cause: 'enough' });
  expect(loader.stats()).toMatchObject({ waiting: 0, loading: 1 });
  first.abort();
  expect(await stalled).toMatchObject({ name: 'AbortError' });
  expect(server.requests).toHaveLength(1);
});

test('an abort between two tries', async () => {
  const server = await serve((_, response) => response.writeHead(429, { 'retry-after': '20' }).end());
  const controller = new AbortController();
  const error = errorOf(lenientLoader().load(server.url, { signal: controller.signal }));
  await until(() => server.requests.length === 1);
  controller.abort('enough');
  expect(await error).toMatchObject({ name: 'AbortError', cause: 'enough' });
});

test('closing the loader ends everything', async () => {
  const server = await serve(raw(start(2_000_000), 'stall'));
  const loader = lenientLoader();
  const errors = Array.from({ length: 5 }, (_, i) => errorOf(loader.load(`${server.url}/${i}`)));
  await until(() => server.requests.length === 5);
  await loader.close();
  for (const error of await Promise.all(errors)) {
    expect(error).toMatchObject({ code: 'ERR_CLOSED', fault: 'server', retryable: false });
  }
  await until(() => server.connections.open === 0);
  expect((await errorOf(loader.load(server.url))).code).toBe('ERR_CLOSED');
  expect(server.requests).toHaveLength(5);
});
