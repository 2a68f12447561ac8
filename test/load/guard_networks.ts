import { BlockList } from 'node:net';

/** What is not public, written down anew from the specification and the registries of IANA: the oracle of the tests. */

export const networks4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '255.255.255.255/32',
];

export const networks6 = [
  '::/128',
  '::1/128',
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b:1::/48',
  '100::/64',
  '100:0:0:1::/64',
  '2001::/32',
  '2001:2::/48',
  '2001:10::/28',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** IPv4 addresses in the last 32 bits: mapped, and of NAT64. */
const embedding = ['::ffff:0:0/96', '64:ff9b::/96'];

export const hosts = [
  'localhost',
  'localhost.localdomain',
  'ip6-localhost',
  'ip6-loopback',
  'broadcasthost',
  'ip6-allnodes',
  'ip6-allrouters',
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'kubernetes.default',
  'kubernetes.default.svc',
];

export const suffixes = ['.localhost', '.localdomain', '.local', '.internal'];

function listOf(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

const list4 = listOf(networks4, 'ipv4');
const list6 = listOf(networks6, 'ipv6');
const embeddingList = listOf(embedding, 'ipv6');

/** Whether a number, of 32 or 128 bits, is an address that is not public, by Node's own matching of networks. */
export function isBlocked(value: bigint, family: 4 | 6): boolean {
  if (family === 4) return list4.check(text4(value), 'ipv4');
  if (embeddingList.check(text6(value), 'ipv6')) return isBlocked(value & 0xffff_ffffn, 4);
  return list6.check(text6(value), 'ipv6');
}

export function text4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((bits) => (value >> bits) & 255n).join('.');
}

/** All eight groups, none left out. */
export function text6(value: bigint): string {
  return Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':');
}

/** The first and the last address of a network, as numbers. */
export function bounds(network: string): { first: bigint; last: bigint; family: 4 | 6 } {
  const [address = '', bits] = network.split('/');
  const family = address.includes(':') ? 6 : 4;
  const size = 1n << BigInt((family === 4 ? 32 : 128) - Number(bits));
  const first = family === 4 ? number4(address) : number6(address);
  return { first, last: first + size - 1n, family };
}

function number4(address: string): bigint {
  return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function number6(address: string): bigint {
  const [head = '', tail = ''] = address.split('::').map((half) =>
    half
      .split(':')
      .filter((group) => group !== '')
      .join(':'),
  );
  const groups = (half: string): string[] => (half === '' ? [] : half.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)];
  return all.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}
