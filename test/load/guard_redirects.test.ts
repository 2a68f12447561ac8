import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorOf } from '../safe/outcome.js';
import { countingLookup, expectRefusal, openLoader, Site, Trap, tone } from './guard_server.js';

/** Each hop is checked in full, as the first address is. 127.0.0.1 stands for a public address here. */

/** Paths: `/hops/3/302?to=…` redirects three times within the site, and then to `to`; others have a tone. */
function serve({ url = '' }: { url?: string }, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://site');
  const [, , left, status] = /^\/(hops)\/(\d+)\/(\d+)$/.exec(pathname) ?? [];
  const to = searchParams.get('to');
  if (left === undefined || to === null) return void response.end(tone);
  const next = left === '1' ? to : `/hops/${Number(left) - 1}/${status}?to=${encodeURIComponent(to)}`;
  response.writeHead(Number(status), { location: next, 'set-cookie': 'secret=1; Path=/' }).end('moved');
}

const site = await Site.open(serve);
// The same port, where nobody may come.
const trap = await Trap.open('127.0.0.2', site.port);
const { lookup, asked } = countingLookup({ 'good.test': ['127.0.0.1'], 'bad.test': ['127.0.0.2'] });
const options = { allowHttp: true, allowPrivateAddresses: ['127.0.0.1/32'], cache: { maxBytes: 0 }, fetch: { lookup } };
const loader = openLoader(options);
const origin = `http://good.test:${site.port}`;

beforeEach(() => {
  site.forget();
  asked.length = 0;
});
afterEach(() => expect(trap.connections).toBe(0));

const statuses = [301, 302, 303, 307, 308];
const hops = [1, 2, 3];
const through = (to: string, count = 1, status: number | string = 302): string =>
  `${origin}/hops/${count}/${status}?to=${encodeURIComponent(to)}`;

test.each(statuses)('%i is followed, with no cookie, Referer or body', async (status) => {
  for (const count of hops) {
    site.forget();
    const audio = await loader.load(through('/tone', count, status));
    expect(audio.frames).toBe(1600);
    expect(audio.label).toBe(`${origin}/hops/${count}/${status}`);
    expect(site.paths.length).toBe(count + 1);
    for (const { headers } of site.requests) {
      expect(headers).toEqual({
        host: `good.test:${site.port}`,
        connection: 'keep-alive',
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': expect.stringMatching(/^cochlea\/\d+\.\d+\.\d+/),
      });
    }
  }
});

const blocked: [to: string, reason: string][] = [
  [`http://127.0.0.2:${site.port}/`, 'address'],
  [`http://0x7f.2:${site.port}/`, 'address'],
  [`//127.0.0.2:${site.port}/`, 'address'],
  [`\\\\127.0.0.2:${site.port}\\`, 'address'],
  [`http://[::ffff:127.0.0.2]:${site.port}/`, 'address'],
  [`http://[::1]:${site.port}/`, 'address'],
  ['http://169.254.169.254/latest/meta-data/', 'address'],
  [`http://bad.test:${site.port}/`, 'address'],
  [`https://bad.test:${site.port}/`, 'address'],
  [`http://secret:secret@good.test:${site.port}/`, 'credentials'],
  [`//secret@good.test:${site.port}/`, 'credentials'],
  ['file:///etc/passwd', 'scheme'],
  ['data:audio/wav;base64,secret', 'scheme'],
  ['ftp://good.test/', 'scheme'],
  ['gopher://127.0.0.2/', 'scheme'],
  ['javascript:secret()', 'scheme'],
  ['http://', 'scheme'],
  ['http://[', 'scheme'],
];

// Every status at the first hop, and one of them at later ones.
const ways = [
  ...statuses.map((status) => ({ status, count: 1 })),
  { status: 302, count: 2 },
  { status: 307, count: 3 },
];

test.each(blocked)('a redirect to %s is refused', async (to, reason) => {
  for (const { status, count } of ways) {
    site.forget();
    const error = await expectRefusal(loader.load(through(to, count, status)), reason);
    expect(error).toMatchObject({ label: `${origin}/hops/${count}/${status}` });
    // Not tried again.
    expect(site.paths.length).toBe(count);
  }
  await expectRefusal(loader.probe(through(to)), reason);
});

test('redirects in a circle, and more than allowed, are refused', async () => {
  const circle = await Site.open(({ url }, response) => {
    response.writeHead(302, { location: url === '/a' ? '/b' : '/a' }).end();
  });
  await expectRefusal(loader.load(`http://good.test:${circle.port}/a`), 'redirects');
  expect(circle.paths).toEqual(['/a', '/b', '/a', '/b']);
  await expectRefusal(loader.load(through('/tone', 4)), 'redirects');
  const none = openLoader({ ...options, fetch: { lookup, redirects: 0 } });
  await expectRefusal(none.load(through('/tone')), 'redirects');
  expect((await none.load(`${origin}/tone`)).frames).toBe(1600);
  const many = openLoader({ ...options, fetch: { lookup, redirects: 20 } });
  expect((await many.load(through('/tone', 20))).frames).toBe(1600);
});

test.each([
  ['relative', '../../tone?x#y', '/tone?x'],
  ['only a query', '?x', '/hops/1/302?x'],
  ['relative to the host', '//good.test:PORT/tone', '/tone'],
  ['in UTF-8, not escaped', '/t\u00f6ne', '/t%C3%B6ne'],
  ['in Latin-1, not escaped', Buffer.from([0x2f, 0xf6]), '/%C3%B6'],
  ['with blanks and tabs', '/to ne\t', '/to%20ne'],
])('a Location that is %s is followed', async (_, location, path) => {
  const bytes = Buffer.from(typeof location === 'string' ? location.replace('PORT', String(site.port)) : location);
  const first = await Site.open(({ url }, response) => {
    if (url !== '/hops/1/302') return void response.end(tone);
    response.writeHead(302, { location: bytes.toString('latin1') }).end();
  });
  await loader.load(`http://good.test:${first.port}/hops/1/302`);
  expect([...first.paths.slice(1), ...site.paths]).toEqual([path]);
});

test('a redirect without Location is the answer, and other 3xx are not followed', async () => {
  for (const [status, headers] of [
    [302, {}],
    [301, {}],
    [300, { location: '/tone' }],
    [304, {}],
    [305, { location: `http://127.0.0.2:${site.port}/` }],
    [306, { location: '/tone' }],
  ] as const) {
    const other = await Site.open((_, response) => void response.writeHead(status, headers).end());
    const error = await errorOf(loader.load(`http://good.test:${other.port}/`));
    expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED', reason: 'status', status });
    expect(other.paths).toEqual(['/']);
  }
});

test('a Location that is too long is an error, and not followed', async () => {
  const short = openLoader({ ...options, fetch: { lookup, urlLength: 200 } });
  const long = await Site.open(
    (_, response) => void response.writeHead(302, { location: `/${'a'.repeat(300)}` }).end(),
  );
  expect(await errorOf(short.load(`http://good.test:${long.port}/`))).toMatchObject({ limit: 'urlLength', max: 200 });
  // Relative to its base it is longer than it looks.
  const nested = await Site.open((_, response) => void response.writeHead(302, { location: 'a'.repeat(100) }).end());
  const base = `http://good.test:${nested.port}/${'b'.repeat(100)}/`;
  expect(await errorOf(short.load(base))).toMatchObject({ limit: 'urlLength', actual: base.length + 100 });
  // Longer than a header may be.
  const longest = await Site.open(
    (_, response) => void response.writeHead(302, { location: `/${'a'.repeat(20_000)}` }).end(),
  );
  const overflow = await errorOf(loader.load(`http://good.test:${longest.port}/`));
  expect(overflow).toMatchObject({ code: 'ERR_FETCH_FAILED', reason: 'protocol', fault: 'client' });
  expect([long, nested, longest].map(({ paths }) => paths.length)).toEqual([1, 1, 1]);
});

test('several Locations are none', async () => {
  const two = await Site.open((_, response) => {
    response.writeHead(302, [
      ['location', '/tone'],
      ['location', `http://127.0.0.2:${site.port}/`],
    ] as never);
    response.end();
  });
  const error = await errorOf(loader.load(`http://good.test:${two.port}/`));
  expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED', reason: 'status', status: 302 });
  expect(two.paths.length).toBe(1);
});

test('a redirect to a host that is not one of the allowed ones is refused', async () => {
  const some = openLoader({ ...options, allowedHosts: ['good.test'] });
  expect((await some.load(through('/tone'))).frames).toBe(1600);
  await expectRefusal(some.load(through(`http://other.test:${site.port}/`)), 'host');
  await expectRefusal(some.load(through(`http://127.0.0.1:${site.port}/`)), 'host');
  expect(new Set(asked)).toEqual(new Set(['good.test']));
});
