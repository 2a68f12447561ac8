/**
 * Hosts that a client must not make a service connect to: its own machine, its network, and everything else that is not
 * public. From the IANA special-purpose registries (RFC 6890 and later), and the names of the metadata services of
 * clouds.
 */

export const blockedHosts: ReadonlySet<string> = new Set([
  'broadcasthost',
  'ip6-allnodes',
  'ip6-allrouters',
  'ip6-localhost',
  'ip6-loopback',
  'kubernetes.default',
  'kubernetes.default.svc',
  'localhost',
  'localhost.localdomain',
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
]);

export const blockedSuffixes = ['.internal', '.local', '.localdomain', '.localhost'] as const;

export const blockedNetworks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32', // Azure's virtual machines reach their host there
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
] as const;

/** IPv6 networks whose last 32 bits are an IPv4 address. That address is checked. */
export const embeddingNetworks = ['::ffff:0:0/96', '64:ff9b::/96'] as const;
