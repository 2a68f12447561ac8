import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { runScript } from '../concurrency/child.js';
import { errorOf } from '../safe/outcome.js';
import { selfSigned } from './guard_certificate.js';
import { countingLookup, expectRefusal, openLoader, Site, Trap, tone } from './guard_server.js';

/** A proxy that tunnels every name to sites of ours; what is refused does not even reach it. */

const site = await Site.open(({ url }, response) => {
  const to = new URL(String(url), 'http://site').searchParams.get('to');
  if (to === null) response.end(tone);
  else response.writeHead(302, { location: to }).end();
});
const certificate = selfSigned('public.test');
const secure = createTlsServer({ ...certificate }, (_, response) => response.end(tone)).listen(0, '127.0.0.1');
await once(secure, 'listening');

const asked: IncomingMessage[] = [];
let answer: (request: IncomingMessage, socket: Socket) => void = tunnel;
const proxy = createServer().listen(0, '127.0.0.1');
proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
  asked.push(request);
  socket.on('error', () => {});
  answer(request, socket);
});
await once(proxy, 'listening');
const { port } = proxy.address() as AddressInfo;

function tunnel({ url }: IncomingMessage, socket: Socket): void {
  const to = url?.endsWith(':443') ? (secure.address() as AddressInfo).port : site.port;
  const onward = connect(to, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connected\r\n\r\n');
    socket.pipe(onward).pipe(socket);
  });
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
}

const { lookup, asked: looked } = countingLookup({});
const options = {
  allowHttp: true,
  cache: { maxBytes: 0 },
  fetch: { proxy: `http://us%C3%A9r:secret@127.0.0.1:${port}`, lookup },
};
const loader = openLoader(options);

beforeEach(() => {
  asked.length = 0;
  site.forget();
  answer = tunnel;
});

afterAll(() => {
  for (const server of [proxy, secure]) {
    server.closeAllConnections();
    server.close();
  }
});

test('everything goes through the proxy, which looks names up; its credentials go no further', async () => {
  expect((await loader.load('http://public.test/a.wav?q')).frames).toBe(1600);
  expect(asked.map(({ url }) => url)).toEqual(['public.test:80']);
  const credentials = `Basic ${Buffer.from('us\u00e9r:secret').toString('base64')}`;
  expect(asked[0]?.headers['proxy-authorization']).toBe(credentials);
  expect(site.requests).toMatchObject([{ url: '/a.wav?q', headers: { host: 'public.test' } }]);
  expect(JSON.stringify(site.requests)).not.toMatch(/proxy|secret/);
  expect(looked).toEqual([]);
});

test.skipIf(!certificate)('https: is encrypted from end to end, and certificates count', async () => {
  const error = await errorOf(loader.load('https://public.test/a.wav'));
  expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED', reason: 'tls', fault: 'client', retryable: false });
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    expect((await openLoader(options).load('https://public.test/a.wav')).frames).toBe(1600);
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
  expect(asked.map(({ url }) => url)).toEqual(['public.test:443', 'public.test:443']);
});

test.each([
  ['http://127.0.0.1/?secret', 'address'],
  ['https://[::1]/', 'address'],
  ['http://169.254.169.254/', 'address'],
  ['http://0x7f.1/', 'address'],
  ['http://localhost/', 'host'],
  ['https://db.internal./', 'host'],
  ['http://metadata.google.internal/', 'host'],
  ['http://user:secret@public.test/', 'credentials'],
  ['ftp://public.test/', 'scheme'],
])('%s is refused before the proxy is asked, and as a redirect', async (url, reason) => {
  await expectRefusal(loader.load(url), reason);
  expect(asked).toEqual([]);
  await expectRefusal(loader.load(`http://public.test/?to=${encodeURIComponent(url)}`), reason);
  expect(site.paths.length).toBe(1);
});

test('names for private use are refused even where networks are allowed: nobody here sees where they lead', async () => {
  const some = openLoader({ ...options, allowPrivateAddresses: ['10.0.0.0/8'] });
  for (const name of ['localhost', 'db.internal', 'metadata'])
    await expectRefusal(some.load(`http://${name}/`), 'host');
  await expectRefusal(some.load('http://127.0.0.1/'), 'address');
  expect(asked).toEqual([]);
  expect((await some.load('http://10.0.0.1/')).frames).toBe(1600);
  expect((await openLoader({ ...options, allowPrivateAddresses: true }).load('http://db.internal/')).frames).toBe(1600);
  expect(asked.map(({ url }) => url)).toEqual(['10.0.0.1:80', 'db.internal:80']);
});

test('the hosts that are allowed hold behind a proxy, too', async () => {
  const some = openLoader({ ...options, allowedHosts: ['public.test'] });
  expect((await some.load('http://public.test/')).frames).toBe(1600);
  asked.length = 0;
  await expectRefusal(some.load('http://other.test/'), 'host');
  expect(asked).toEqual([]);
});

test.each<[string, typeof answer, object, number]>([
  ['refuses', (_, socket) => void socket.end('HTTP/1.1 403 No\r\n\r\n'), { reason: 'connect' }, 1],
  ['wants a password', (_, socket) => void socket.end('HTTP/1.1 407 No\r\n\r\n'), { reason: 'connect' }, 1],
  ['cannot reach the host', (_, socket) => void socket.end('HTTP/1.1 502 No\r\n\r\n'), { reason: 'connect' }, 1],
  ['speaks no HTTP', (_, socket) => void socket.end('220 smtp ready\r\n'), { reason: 'connect' }, 1],
  // Tried three times, as any lost connection: not thousands of times.
  ['closes the connection', (_, socket) => void socket.destroy(), { reason: 'reset' }, 3],
  // Long before the time of the fetch is up.
  ['does not answer', () => {}, { reason: 'timeout', message: 'the proxy does not answer in time' }, 1],
])('a proxy that %s is the fault of the server', async (_, how, expected, tries) => {
  answer = how;
  const loader = openLoader({ ...options, fetch: { ...options.fetch, timeout: 20_000, connectTimeout: 500 } });
  const error = await errorOf(loader.load('http://public.test/?secret'));
  expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED', fault: 'server', retryable: true, ...expected });
  expect(error).toMatchObject({ label: 'http://public.test/' });
  expect(`${error.message} ${error.cause}`).not.toMatch(/secret/);
  expect(asked.length).toBe(tries);
});

test('a proxy that is not there or not known is the fault of the server', async () => {
  for (const proxy of ['http://127.0.0.1:9', 'http://proxy.invalid:3128']) {
    const error = await errorOf(openLoader({ allowHttp: true, fetch: { proxy } }).load('http://public.test/'));
    expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED', reason: 'connect', fault: 'server', retryable: true });
  }
});

test('proxies of the environment are ignored', async () => {
  const trap = await Trap.open('127.0.0.1');
  const address = `http://127.0.0.1:${trap.port}`;
  const names = ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  const environment = {
    ...Object.fromEntries(names.map((name) => [name, address])),
    no_proxy: '',
    NODE_USE_ENV_PROXY: '1',
  };
  Object.assign(process.env, environment);
  try {
    const load = new URL('../../dist/load/index.js', import.meta.url);
    const run = await runScript(`
      const { AudioLoader } = await import('${load.href}');
      const loader = new AudioLoader({ allowHttp: true, allowPrivateAddresses: true });
      console.log((await loader.load('http://127.0.0.1:${site.port}/')).frames);
      await loader.close();`);
    expect(run).toMatchObject({ code: 0, stdout: '1600\n' });
  } finally {
    for (const name of Object.keys(environment)) delete process.env[name];
  }
  expect(trap.connections).toBe(0);
});

test.each([['no address'], ['socks5://127.0.0.1:1080'], ['127.0.0.1:3128'], [3128], [{}]])(
  '%o is no proxy',
  (proxy) => {
    expect(() => openLoader({ fetch: { proxy: proxy as string } })).toThrow(TypeError);
  },
);

test('a reset behind the proxy is no end of a body whose length nobody said', async () => {
  answer = (_, socket) => {
    socket.write('HTTP/1.1 200 Connected\r\n\r\n');
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.write(tone.subarray(0, tone.length / 2), () => setTimeout(() => socket.resetAndDestroy(), 50));
    });
  };
  const error = await errorOf(loader.load('http://reset.test/a.wav'));
  expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED', reason: 'incomplete' });
  expect(asked.length).toBe(3);
});

test('no more than a hundred connections to the proxy are kept, however long servers would', async () => {
  const open = new Set<Socket>();
  answer = (_, socket) => {
    open.add(socket.once('close', () => open.delete(socket)).once('end', () => socket.destroy()));
    const kept = `HTTP/1.1 200 OK\r\nKeep-Alive: timeout=600\r\nContent-Length: ${tone.length}\r\n\r\n`;
    socket.write('HTTP/1.1 200 Connected\r\n\r\n');
    socket.on('data', () => socket.write(Buffer.concat([Buffer.from(kept), tone])));
  };
  const many = openLoader(options);
  const outcomes = await many.loadAll(Array.from({ length: 150 }, (_, i) => `http://host-${i}.test/`));
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(open.size).toBeLessThanOrEqual(100);
  await many.close();
});
