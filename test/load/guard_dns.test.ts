import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { errorOf } from '../safe/outcome.js';
import { DnsServer, lookupBy } from './guard_dns.mjs';
import { countingLookup, expectRefusal, openLoader, Site, Trap, tone } from './guard_server.js';

/**
 * What names lead to, by a DNS server of our own. 127.0.0.1, where a site is, stands for the public addresses; on the
 * same port of 127.0.0.2 and ::1 are traps.
 */

const good = '127.0.0.1';
const site = await Site.open((_, response) => {
  response.setHeader('connection', 'close');
  response.end(tone);
});
const traps = [await Trap.open('127.0.0.2', site.port)];
// A machine without IPv6 has no ::1 that could be reached.
await Trap.open('::1', site.port).then(
  (trap) => traps.push(trap),
  () => {},
);

const bad = [
  '127.0.0.2',
  '10.0.0.1',
  '169.254.169.254',
  '0.0.0.0',
  '::1',
  'fe80::1',
  '::ffff:127.0.0.2',
  '64:ff9b::7f00:2',
];
const mixtures = Object.fromEntries(
  bad.flatMap((address, i) => [
    [`first${i}.test`, [address, good, good]],
    [`middle${i}.test`, [good, address, good]],
    [`last${i}.test`, [good, good, address]],
    [`alone${i}.test`, [address]],
  ]),
);
const turning = (times: number): string[] => (times === 0 ? [good] : ['127.0.0.2']);
const dns = new DnsServer({
  ...mixtures,
  'good.test': [good, '127.0.0.1'],
  'alias.test': ['CNAME db.internal'],
  'alias-of-alias.test': ['CNAME alias2.test'],
  'alias2.test': ['CNAME localhost'],
  'alias-of-good.test': ['CNAME good.test'],
  'db.internal': ['127.0.0.2'],
  localhost: ['127.0.0.2', '::1'],
  'turning.test': turning,
  'turning-between.test': turning,
  'compatible.test': ['::808:808'],
  'empty.test': [],
  'broken.test': 'SERVFAIL',
  'refusing.test': 'REFUSED',
});
const lookup = lookupBy(await dns.listen());
afterAll(() => dns.close());

const loader = openLoader({
  allowHttp: true,
  allowPrivateAddresses: [`${good}/32`],
  cache: { maxBytes: 0 },
  fetch: { lookup },
});
const at = (name: string): string => `http://${name}:${site.port}/a.wav?secret`;

beforeEach(() => {
  dns.queries.length = 0;
});
afterEach(() => {
  for (const trap of traps) expect(trap.connections).toBe(0);
});

test('a name that leads to an allowed address is fetched, by alias too', async () => {
  for (const name of ['good.test', 'alias-of-good.test']) expect((await loader.load(at(name))).frames).toBe(1600);
  expect(site.connections).toBe(2);
});

test.each(Object.keys(mixtures))('%s: one bad address among the answers refuses all', async (name) => {
  const before = site.connections;
  await expectRefusal(loader.load(at(name)), 'address');
  await expectRefusal(loader.load(at(name).replace('http', 'https')), 'address');
  expect(site.connections).toBe(before);
  // Looked up once for each load, A and AAAA: a refusal is not tried again.
  expect(dns.queries.toSorted()).toEqual([`A ${name}`, `A ${name}`, `AAAA ${name}`, `AAAA ${name}`]);
});

test.each(['alias.test', 'alias-of-alias.test', 'db.internal', 'localhost', 'compatible.test'])('%s', async (name) => {
  // Where a network is allowed, names for private use are judged by where they lead.
  await expectRefusal(loader.load(at(name)), 'address');
  expect(dns.queries).toContain(`A ${name}`);
});

test('names for private use are not even looked up where no network is allowed', async () => {
  const strict = openLoader({ allowHttp: true, fetch: { lookup } });
  for (const name of ['db.internal', 'localhost', 'a.localhost']) await expectRefusal(strict.load(at(name)), 'host');
  expect(dns.queries).toEqual([]);
  // This one is, and does not get further.
  await expectRefusal(strict.load(at('alias.test')), 'address');
});

test('the socket goes to the address that was judged: a name that turns afterwards gains nothing', async () => {
  const before = site.connections;
  expect((await loader.load(at('turning.test'))).frames).toBe(1600);
  // There was no second look-up between the judgement and the connection.
  expect(dns.queries.toSorted()).toEqual(['A turning.test', 'AAAA turning.test']);
  expect(site.connections).toBe(before + 1);
});

test('a name that turns between two requests is judged anew', async () => {
  expect((await loader.load(at('turning-between.test'))).frames).toBe(1600);
  const before = site.connections;
  await expectRefusal(loader.load(at('turning-between.test')), 'address');
  expect(site.connections).toBe(before);
});

test.each([
  ['nowhere.test', { fault: 'client', retryable: false }],
  ['empty.test', { fault: 'client', retryable: false }],
  ['broken.test', { fault: 'server', retryable: true }],
  ['refusing.test', { fault: 'server', retryable: true }],
])('%s, which leads nowhere, is a failure of the look-up', async (name, kind) => {
  const error = await errorOf(loader.load(at(name)));
  expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED', reason: 'dns', status: null, ...kind });
  expect(error.label).toBe(`http://${name}:${site.port}/a.wav`);
});

test('a resolver that cannot be reached, that throws or that answers nonsense is a typed error', async () => {
  const unreachable = lookupBy(9);
  const cases: [typeof lookup, object][] = [
    [unreachable, { code: 'ERR_FETCH_FAILED', reason: 'dns', fault: 'server' }],
    [(_, __, callback) => callback(null, []), { code: 'ERR_FETCH_FAILED', reason: 'dns' }],
    [(_, __, callback) => callback(null, undefined as never), { code: 'ERR_FETCH_FAILED', reason: 'dns' }],
    [(_, __, callback) => callback(null, [{ address: 'no address', family: 4 }]), { reason: 'address' }],
    [(_, __, callback) => callback(null, '127.0.0.2', 4), { reason: 'address' }],
    [(_, __, callback) => callback(null, [{ address: 'fe80::1%lo', family: 6 }]), { reason: 'address' }],
    [
      () => {
        throw new Error('of the look-up');
      },
      { code: 'ERR_FETCH_FAILED', fault: 'server', cause: { message: 'of the look-up' } },
    ],
  ];
  for (const [lookup, expected] of cases) {
    const loader = openLoader({ allowHttp: true, fetch: { lookup } });
    expect(await errorOf(loader.load(at('good.test')))).toMatchObject(expected);
  }
});

test('a look-up that never answers ends with the time of the fetch', async () => {
  const loader = openLoader({ allowHttp: true, fetch: { lookup: () => {}, timeout: 300, connectTimeout: 20_000 } });
  const started = performance.now();
  const error = await errorOf(loader.load(at('good.test')));
  expect(error).toMatchObject({ code: 'ERR_FETCH_FAILED', reason: 'timeout', fault: 'server', retryable: true });
  expect(performance.now() - started).toBeLessThan(5000);
});

test('whoever leaves during a look-up that never answers gives the place back', async () => {
  const { lookup: counted, asked } = countingLookup({});
  const controller = new AbortController();
  const loader = openLoader({
    allowHttp: true,
    concurrency: { downloads: 1 },
    fetch: {
      connectTimeout: 20_000,
      lookup: (name, options, callback) => {
        if (name === 'hanging.test') controller.abort();
        else counted(name, options, callback);
      },
    },
  });
  const error = await errorOf(loader.load(at('hanging.test'), { signal: controller.signal }));
  expect(error.name).toBe('AbortError');
  const started = performance.now();
  expect(await errorOf(loader.load(at('unknown.test')))).toMatchObject({ reason: 'dns' });
  expect(asked).toEqual(['unknown.test']);
  expect(performance.now() - started).toBeLessThan(5000);
});
