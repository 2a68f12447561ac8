import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { typeError } from '../../checks.js';
import { blockedHosts, blockedNetworks, blockedSuffixes, embeddingNetworks } from './networks.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

const blocked = blockedNetworks.map((network) => ipaddr.parseCIDR(network) as Network);
const embedding = embeddingNetworks.map((network) => ipaddr.parseCIDR(network) as Network);

/** `true` allows every address. A list allows these networks besides the public ones. */
export type AllowedAddresses = boolean | readonly string[];

/**
 * Checks host names and addresses. The check of names only rejects obvious ones early. The decisive check is that of
 * the address to which a socket connects.
 */
export class AddressRules {
  readonly #all: boolean;
  readonly #allowed: readonly Network[];
  readonly #judgesNames: boolean;

  /**
   * @param proxied Whether a proxy looks names up. Their addresses are then not seen here.
   * @throws {TypeError} Neither a boolean nor a list of strings.
   * @throws {RangeError} An entry is not a network in CIDR notation.
   */
  constructor(allowed: AllowedAddresses, proxied = false) {
    this.#all = allowed === true;
    this.#allowed = typeof allowed === 'boolean' ? [] : checkNetworks(allowed);
    // Allowing a network allows the names in it, too. Their addresses are still checked.
    this.#judgesNames = !this.#all && (this.#allowed.length === 0 || proxied);
  }

  /** Why this host of a URL (an address, or a name in ASCII) is refused; `undefined` if it is allowed. */
  hostProblem(host: string): string | undefined {
    const name = canonicalHost(host);
    if (ipaddr.isValid(name)) return this.addressProblem(name);
    const isBlocked = blockedHosts.has(name) || blockedSuffixes.some((suffix) => name.endsWith(suffix));
    return isBlocked && this.#judgesNames ? `${name.slice(0, 80)} is a name for private use` : undefined;
  }

  /** Why this address is refused; `undefined` if it is allowed. */
  addressProblem(text: string): string | undefined {
    if (this.#all) return undefined;
    if (!ipaddr.isValid(text)) return 'its address is not an IP address';
    const address = ipaddr.parse(plain(text));
    const judged = embeddedIn(address) ?? address;
    if (this.#allowed.some((network) => isIn(judged, network) || isIn(address, network))) return undefined;
    const network = blockedNetworks[blocked.findIndex((each) => isIn(judged, each))];
    return network && `its address is in ${network}, which is not public`;
  }
}

/** The host in lower case, without the brackets of IPv6 and the final dot of the DNS root. */
export function canonicalHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.+$/, '');
}

/** ipaddr.js takes `::1.2.3.4`, as systems write an address in ::/96, for `::ffff:1.2.3.4`. */
function plain(text: string): string {
  return text.replace(/^::(?=\d+\.)/, '::0:');
}

function isIn(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

function embeddedIn(address: Address): Address | undefined {
  if (!embedding.some((network) => isIn(address, network))) return undefined;
  return ipaddr.fromByteArray(address.toByteArray().slice(-4));
}

function checkNetworks(networks: readonly string[]): Network[] {
  const name = 'options.allowPrivateAddresses';
  if (!Array.isArray(networks)) throw typeError(name, 'a boolean or a list of networks', networks);
  return networks.map((network, i) => {
    if (typeof network !== 'string') throw typeError(`${name}[${i}]`, 'a network such as 10.0.0.0/8', network);
    // Short forms are refused: ipaddr.js reads 10/8 as 0.0.0.10/8.
    if (isIP(network.split('/', 1).join()) === 0 || !ipaddr.isValidCIDR(network)) {
      throw new RangeError(`${name}[${i}] must be a network such as 10.0.0.0/8 or fd00::/8, got '${network}'`);
    }
    return ipaddr.parseCIDR(plain(network)) as Network;
  });
}
