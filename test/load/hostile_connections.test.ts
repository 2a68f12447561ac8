import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../concurrency/long-audio.js';
import { runNode } from '../safe/outcome.js';
import { toneWav } from '../safe/sounds.js';
import { lenientLoader, serve } from './hostile_server.js';

/** How many connections there are, and how long they stay. */

const tone = Buffer.from(toneWav(0.1));
const loaderUrl = new URL('../../dist/load/index.js', import.meta.url).href;

test('one after the other, addresses of one origin share a connection', async () => {
  const server = await serve((_, response) => response.end(tone));
  const loader = lenientLoader();
  for (let i = 0; i < 20; i++) await loader.load(`${server.url}/${i}`);
  expect(server.requests).toHaveLength(20);
  // A connection is free again one turn after its answer: sometimes another one is there first.
  expect(server.connections.made).toBeLessThanOrEqual(2);
});

test('redirects and failing answers keep the connection, too', async () => {
  const server = await serve((request, response) => {
    if (request.url?.startsWith('/from')) response.writeHead(302, { location: '/to' }).end('moved to another place');
    else if (request.headers['if-none-match']) response.writeHead(304, { etag: '"a"' }).end();
    else response.writeHead(200, { etag: '"a"' }).end(tone);
  });
  const loader = lenientLoader();
  for (let i = 0; i < 10; i++) await loader.load(`${server.url}/from/${i % 5}`);
  expect(server.requests).toHaveLength(20);
  expect(server.connections.made).toBeLessThanOrEqual(2);
});

test.each([
  [{ concurrency: { downloads: 3 } }, 3],
  [{ fetch: { connectionsPerOrigin: 2 } }, 2],
  [{}, 16],
])('%j: no more at a time', async (options, most) => {
  // Answers only when as many have come as may, and nobody else for a moment.
  const waiting: (() => void)[] = [];
  let released = false;
  const server = await serve((_, response) => {
    if (released) response.end(tone);
    else waiting.push(() => response.end(tone));
  });
  const loader = lenientLoader({}, options);
  const loads = Array.from({ length: 60 }, (_, i) => loader.load(`${server.url}/${i}`));
  expect(loader.stats().loading).toBe(60);
  await until(() => waiting.length === most);
  await sleep(50);
  expect(waiting).toHaveLength(most);
  released = true;
  for (const answer of waiting) answer();
  await Promise.all(loads);
  expect(server.requests).toHaveLength(60);
  expect(server.connections).toMatchObject({ made: most, most });
});

test('many origins: never more than 100 connections in all', async () => {
  const open = { now: 0, most: 0 };
  const counted = new WeakSet();
  const servers = [];
  for (let i = 0; i < 120; i++) {
    const server = await serve((request, response) => {
      if (!counted.has(request.socket)) {
        counted.add(request.socket);
        open.most = Math.max(open.most, ++open.now);
        request.socket.on('close', () => open.now--);
      }
      setTimeout(() => response.end(tone), 3);
    });
    servers.push(server);
  }
  const loader = lenientLoader();
  await Promise.all(servers.flatMap(({ url }) => [loader.load(`${url}/1`), loader.load(`${url}/2`)]));
  expect(open.most).toBeLessThanOrEqual(100);
  // Below that, connections are kept.
  expect(open.now).toBeGreaterThan(50);
  await loader.close();
  await until(() => open.now === 0);
});

test('a kept connection that the server closes is replaced', async () => {
  const server = await serve((_, response) => response.end(tone));
  const loader = lenientLoader();
  for (let i = 0; i < 3; i++) {
    await loader.load(`${server.url}/${i}`);
    server.requests.at(-1)?.socket.destroy();
  }
  expect(server.requests).toHaveLength(3);
  expect(server.connections.made).toBe(3);
});

test.each(['', 'await loader.close();'])('a process with kept connections ends by itself: %j', async (close) => {
  const server = await serve((_, response) => response.end(tone));
  const run = await runNode([
    '--input-type=module',
    '--eval',
    `import { AudioLoader } from '${loaderUrl}';
    const loader = new AudioLoader({ allowHttp: true, allowPrivateAddresses: true });
    await Promise.all([1, 2, 3, 4].map((i) => loader.load('${server.url}/' + i)));
    await loader.load('${server.url}/missing', { raw: undefined }).catch(() => {});
    ${close}
    const loaded = performance.now();
    process.on('exit', () => console.log(performance.now() - loaded));`,
  ]);
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(Number(run.stdout)).toBeLessThan(1500);
});
