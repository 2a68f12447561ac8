import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AddressRules } from '../../dist/load/guard/address_rules.js';
import type { AudioLoaderOptions } from '../../dist/load/index.js';
import { errorOf, thrownBy } from '../safe/outcome.js';
import { countingLookup, expectRefusal, openLoader, Site, Trap } from './guard_server.js';

/** What the options allow, and no more. */

const site = await Site.open();
const trap = await Trap.open('127.0.0.2', site.port);
const { lookup, asked } = countingLookup(
  Object.fromEntries([
    ...['good.test', 'a.good.test', 'a.b.good.test', 'notgood.test', 'good.test.evil.test', 'xn--bcher-kva.test'].map(
      (name) => [name, ['127.0.0.1']],
    ),
    ['localhost', ['127.0.0.1']],
    ['db.internal', ['127.0.0.1']],
    ['metadata.google.internal', ['127.0.0.2']],
    ['good.test.', ['127.0.0.1']],
    ['a.good.test.', ['127.0.0.1']],
  ]),
);

beforeEach(() => {
  site.forget();
  asked.length = 0;
});
afterEach(() => expect(trap.connections).toBe(0));

const opened = (options: AudioLoaderOptions) =>
  openLoader({ allowHttp: true, cache: { maxBytes: 0 }, fetch: { lookup }, ...options });
const at = (host: string): string => `http://${host}:${site.port}/?secret`;

describe('allowPrivateAddresses', () => {
  test('true lifts the guard for names and addresses', async () => {
    const loader = opened({ allowPrivateAddresses: true });
    for (const host of ['127.0.0.1', '0x7f.1', '[::ffff:127.0.0.1]', 'localhost', 'db.internal', 'good.test']) {
      expect((await loader.load(at(host))).frames).toBe(1600);
    }
    await expectRefusal(loader.load('ftp://127.0.0.1/'), 'scheme');
    await expectRefusal(loader.load(at('secret@127.0.0.1')), 'credentials');
  });

  test('false and an empty list leave it', async () => {
    for (const allowPrivateAddresses of [false, [], undefined]) {
      const loader = opened({ allowPrivateAddresses });
      await expectRefusal(loader.load(at('127.0.0.1')), 'address');
      await expectRefusal(loader.load(at('localhost')), 'host');
      await expectRefusal(loader.load(at('good.test')), 'address');
    }
    expect(asked).toEqual(Array(3).fill('good.test'));
  });

  test('a list allows those networks alone; names for private use are judged by where they lead', async () => {
    const loader = opened({ allowPrivateAddresses: ['10.0.0.0/8', '127.0.0.1/32'] });
    for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', 'localhost', 'db.internal', 'good.test']) {
      expect((await loader.load(at(host))).frames).toBe(1600);
    }
    for (const host of ['127.0.0.2', '127.0.0.0', '[::1]', '192.168.0.1', '[fd00::1]', 'metadata.google.internal']) {
      await expectRefusal(loader.load(at(host)), 'address');
    }
  });

  test('networks of a list match exactly, by either form of an embedded address', () => {
    const rules = new AddressRules(['10.1.0.0/16', 'fd12:3456::/32', '64:ff9b::/96', '::ffff:192.168.0.0/120']);
    const allowed = ['10.1.0.0', '10.1.255.255', '::ffff:10.1.2.3', 'fd12:3456::1', '64:ff9b::7f00:1', '8.8.8.8'];
    const refused = ['10.0.255.255', '10.2.0.0', 'fd12:3457::', 'fd12:3455:ffff::', '::7f00:1', '192.168.0.1', '::1'];
    for (const address of allowed) expect([address, rules.addressProblem(address)]).toEqual([address, undefined]);
    for (const address of refused) expect(rules.addressProblem(address)).toMatch(/not public/);
    // Of a mapped network, only what is written as mapped.
    expect(rules.addressProblem('::ffff:192.168.1.1')).toMatch(/not public/);
    expect(rules.addressProblem('::ffff:192.168.0.1')).toBeUndefined();
  });

  test.each<[unknown, typeof TypeError | typeof RangeError]>([
    ['10.0.0.0/8', TypeError],
    [1, TypeError],
    [{}, TypeError],
    [[10], TypeError],
    [['10.0.0.0'], RangeError],
    [['10.0.0.0/33'], RangeError],
    [['fd00::/129'], RangeError],
    [['10.0.0.0/-1'], RangeError],
    [['10.0.0.0/'], RangeError],
    [['10/8'], RangeError],
    [['10.0/8'], RangeError],
    [['010.0.0.0/8'], RangeError],
    [['0x0a.0.0.0/8'], RangeError],
    [['10.0.0.0/255.0.0.0'], RangeError],
    [['example.com/8'], RangeError],
    [[''], RangeError],
  ])('%j is an error at once', (allowPrivateAddresses, Kind) => {
    const error = thrownBy(() => openLoader({ allowPrivateAddresses: allowPrivateAddresses as boolean }));
    expect(error).toBeInstanceOf(Kind);
    expect(error.message).toMatch(/^options\.allowPrivateAddresses/);
  });
});

describe('allowedHosts', () => {
  test.each<[hosts: string[], allowed: string[], refused: string[]]>([
    [
      ['good.test'],
      ['good.test', 'GOOD.test', 'good.test.', 'g\u00adood.test'],
      ['a.good.test', 'notgood.test', '127.0.0.1'],
    ],
    [['GOOD.Test.'], ['good.test', 'good.test.'], ['good.test.evil.test']],
    [
      ['*.good.test'],
      ['a.good.test', 'A.B.Good.Test', 'a.good.test.'],
      ['good.test', 'notgood.test', 'good.test.evil.test'],
    ],
    [['*.GOOD.test', 'good.test'], ['a.good.test', 'good.test'], ['notgood.test']],
    [
      ['b\u00fccher.test'],
      ['b\u00fccher.test', 'B\u00dcCHER.test', 'xn--bcher-kva.test'],
      ['bucher.test', 'good.test'],
    ],
    [['xn--bcher-kva.test'], ['b\u00fccher.test'], ['bcher.test']],
    [['127.0.0.1'], ['127.0.0.1', '0x7f.1'], ['127.0.0.2', 'good.test']],
    [['[::ffff:127.0.0.1]'], ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]'], ['127.0.0.1', '[::1]']],
    [[], [], ['good.test', '127.0.0.1', 'example.com']],
  ])('%j', async (allowedHosts, allowed, refused) => {
    const loader = opened({ allowedHosts, allowPrivateAddresses: ['127.0.0.1/32'] });
    for (const host of allowed) expect((await loader.load(at(host))).frames).toBe(1600);
    site.forget();
    asked.length = 0;
    for (const host of refused) {
      const error = await errorOf(loader.load(at(host)));
      expect(error).toMatchObject({ code: 'ERR_FETCH_REFUSED', reason: /^(host|address)$/, fault: 'client' });
    }
    expect({ paths: site.paths, asked }).toEqual({ paths: [], asked: [] });
  });

  test('does not lift the guard', async () => {
    const loader = opened({ allowedHosts: ['127.0.0.1', 'localhost', 'good.test', '*.internal'] });
    await expectRefusal(loader.load(at('127.0.0.1')), 'address');
    await expectRefusal(loader.load(at('localhost')), 'host');
    await expectRefusal(loader.load(at('db.internal')), 'host');
    await expectRefusal(loader.load(at('good.test')), 'address');
  });

  test.each<[unknown, typeof TypeError | typeof RangeError]>([
    ['good.test', TypeError],
    [{}, TypeError],
    [[1], TypeError],
    [[''], RangeError],
    [['*'], RangeError],
    [['*.'], RangeError],
    [['*good.test'], RangeError],
    [['a.*.test'], RangeError],
    [['*.*.test'], RangeError],
    [['.good.test'], RangeError],
    [['https://good.test'], RangeError],
    [['good.test:443'], RangeError],
    [['good.test/path'], RangeError],
    [['user@good.test'], RangeError],
    [['good.test?x'], RangeError],
    [['good.test#x'], RangeError],
    [[' good.test'], RangeError],
    [['good.test\n'], RangeError],
    [['good..%'], RangeError],
    [['1.2.3.4.5'], RangeError],
    [['::1'], RangeError],
  ])('%j is an error at once', (allowedHosts, Kind) => {
    const error = thrownBy(() => openLoader({ allowedHosts: allowedHosts as string[] }));
    expect(error).toBeInstanceOf(Kind);
    expect(error.message).toMatch(/^options\.allowedHosts/);
  });
});

test('a refusal is not kept from being made anew, nor kept in the place of what is allowed', async () => {
  const names: Record<string, string[]> = { 'turn.test': ['127.0.0.2'] };
  const { lookup } = countingLookup(names);
  const loader = opened({ allowPrivateAddresses: ['127.0.0.1/32'], fetch: { lookup } });
  await expectRefusal(loader.load(at('turn.test')), 'address');
  names['turn.test'] = ['127.0.0.1'];
  expect((await loader.load(at('turn.test'))).frames).toBe(1600);
});

test('what is sent can be named, and holds no line break', async () => {
  const loader = opened({ allowPrivateAddresses: true, fetch: { lookup, userAgent: 'mine/1.0 (+https://good.test)' } });
  await loader.load(at('127.0.0.1'));
  expect(site.requests).toMatchObject([{ headers: { 'user-agent': 'mine/1.0 (+https://good.test)' } }]);
  expect(Object.keys(site.requests[0]?.headers ?? {}).toSorted()).toEqual([
    'accept',
    'accept-encoding',
    'connection',
    'host',
    'user-agent',
  ]);
  for (const userAgent of ['', 'a\r\nx: y', 'ü', 'a\0', 1]) {
    expect(() => opened({ fetch: { userAgent: userAgent as string } })).toThrow(TypeError);
  }
});

test('the fragment of an address is not sent', async () => {
  const loader = opened({ allowPrivateAddresses: true });
  await loader.load(`http://127.0.0.1:${site.port}/a?b=%20#t=10`);
  expect(site.paths).toEqual(['/a?b=%20']);
});
