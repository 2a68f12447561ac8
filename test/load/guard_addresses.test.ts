import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { AddressRules } from '../../dist/load/guard/address_rules.js';
import { BlockedAddress, guardedConnector } from '../../dist/load/guard/guard.js';
import { bounds, hosts, isBlocked, networks4, networks6, suffixes, text4, text6 } from './guard_networks.js';
import { countingLookup, expectRefusal, openLoader, Trap } from './guard_server.js';

/** Every network and name that is not public, through the whole loader: refused, and nothing sent or looked up. */

const sockets = vi.spyOn(Socket.prototype, 'connect');
const { lookup, asked } = countingLookup({});
const trap = await Trap.open();
const loader = openLoader({ allowHttp: true, fetch: { lookup } });
const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));

afterEach(() => {
  expect({ trapped: trap.connections, sockets: sockets.mock.calls.length, asked }).toEqual({
    trapped: 0,
    sockets: 0,
    asked: [],
  });
});

afterAll(async () => {
  // The trap would have counted.
  for (const host of hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
    await once(connect(trap.port, host), 'close');
  }
  expect(trap.connections).toBe(hasIpv6 ? 2 : 1);
  expect(sockets).toHaveBeenCalledTimes(trap.connections);
});

async function expectBlocked(host: string, reason: string): Promise<void> {
  for (const scheme of ['http', 'https']) {
    await expectRefusal(loader.load(`${scheme}://${host}:${trap.port}/a.wav?token=secret`), reason);
  }
}

const edges = [...networks4, ...networks6].map((network) => ({ network, ...bounds(network) }));

test.each(edges)('$network: first, middle and last', async ({ first, last, family }) => {
  const middle = first + (last - first) / 3n;
  for (const value of [first, middle, last]) {
    if (family === 6) {
      await expectBlocked(`[${text6(value)}]`, 'address');
    } else {
      const high = (value >> 16n).toString(16);
      const low = (value & 0xffffn).toString(16);
      // As it is; mapped, compatible and translated; by NAT64, 6to4 and Teredo (which inverts it).
      const inverted = (0xffff_ffffn - value).toString(16).padStart(8, '0');
      for (const host of [
        text4(value),
        `[::ffff:${text4(value)}]`,
        `[::ffff:${high}:${low}]`,
        `[::${text4(value)}]`,
        `[::ffff:0:${text4(value)}]`,
        `[64:ff9b::${text4(value)}]`,
        `[64:ff9b:1::${text4(value)}]`,
        `[2002:${high}:${low}::1]`,
        `[2001:0:808:808::${inverted.slice(0, 4)}:${inverted.slice(4)}]`,
      ]) {
        await expectBlocked(host, 'address');
      }
    }
  }
});

test('the neighbours of each network are public, if no other network has them', () => {
  const rules = new AddressRules(false);
  const public4: string[] = [];
  let public6 = 0;
  for (const { first, last, family } of edges) {
    const top = (1n << (family === 4 ? 32n : 128n)) - 1n;
    for (const value of [first - 1n, last + 1n]) {
      if (value < 0n || value > top) continue;
      const text = family === 4 ? text4(value) : text6(value);
      const isPublic = rules.addressProblem(text) === undefined && rules.hostProblem(`[${text}]`) === undefined;
      expect({ text, isPublic }).toEqual({ text, isPublic: !isBlocked(value, family) });
      if (isPublic && family === 4) public4.push(text);
      else if (isPublic) public6++;
    }
  }
  // So that this cannot pass by refusing all.
  expect(public4).toEqual(
    expect.arrayContaining([
      '1.0.0.0',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
    ]),
  );
  expect(public4).toEqual(expect.arrayContaining(['128.0.0.0', '172.15.255.255', '172.32.0.0', '223.255.255.255']));
  expect(public4.length).toBeGreaterThanOrEqual(30);
  expect(public6).toBeGreaterThanOrEqual(20);
});

test('addresses that hold a public IPv4 address are public only where all that counts is that', () => {
  const rules = new AddressRules(false);
  for (const address of ['::ffff:8.8.8.8', '64:ff9b::8.8.8.8']) expect(rules.addressProblem(address)).toBeUndefined();
  for (const address of ['::8.8.8.8', '::ffff:0:8.8.8.8', '64:ff9b:1::8.8.8.8', '2002:808:808::1']) {
    expect(rules.addressProblem(address)).toMatch(/not public/);
  }
});

test.each([...hosts, ...suffixes.flatMap((suffix) => [`a${suffix}`, `db.prod${suffix}`])])('%s', async (name) => {
  for (const spelling of [name, name.toUpperCase(), `${name}.`, `${name}..`, `${name.toUpperCase()}...`]) {
    await expectBlocked(spelling, 'host');
  }
});

test('names that only look like those for private use are not refused as such', () => {
  const rules = new AddressRules(false);
  for (const name of [
    'localhost.example.com',
    'notlocalhost',
    'xlocal',
    'internal.example.com',
    'metadata.example.com',
  ]) {
    expect(rules.hostProblem(name)).toBeUndefined();
  }
});

test('the connector judges addresses once more, whoever asks for a socket', async () => {
  const connector = guardedConnector(new AddressRules(false), 1000);
  for (const hostname of ['127.0.0.1', '::1', '[::1]', '::ffff:127.0.0.1', '10.0.0.1', '127.0.0.1.']) {
    for (const protocol of ['http:', 'https:']) {
      const error = await new Promise((resolve) => {
        connector({ hostname, host: hostname, protocol, port: String(trap.port) }, resolve);
      });
      expect(error).toBeInstanceOf(BlockedAddress);
    }
  }
});

test('calls of every kind are refused alike', async () => {
  const url = `http://127.0.0.1:${trap.port}/?secret`;
  const part = { type: 'audio_url', audio_url: { url } } as const;
  for (const source of [url, new URL(url), part]) {
    await expectRefusal(loader.load(source), 'address');
    await expectRefusal(loader.probe(source), 'address');
    const [outcome] = await loader.loadAll([source]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { reason: 'address' } });
  }
});
