import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { buildConnector } from 'undici/index.js';
import { undici } from '../../async/undici.js';
import { FetchRefusedError, LimitError } from '../../errors.js';
import { type AddressRules, canonicalHost } from './address_rules.js';

/*
 * Note [Server-side request forgery]
 *
 * An address is checked twice. `checkAddress` checks the text of the first address and of each redirect before anything
 * is sent. The connector checks the addresses that a name resolves to. The socket connects to exactly the checked
 * addresses, so a name that resolves differently a moment later (DNS rebinding) gains nothing. If a single one is not
 * public, all are refused: such a mixture is suspicious. A connection that is reused was made to a checked address.
 */

/** Characters of a name (RFC 1035), with the dot of the root. */
const longestHost = 254;

/** Which addresses may be fetched. */
export interface Policy {
  readonly allowHttp: boolean;
  readonly addresses: AddressRules;
  /** Names, and suffixes that begin with a dot; `null`: all. */
  readonly hosts: readonly string[] | null;
  readonly urlLength: number;
}

/** A socket would have been opened to an address that is not public. */
export class BlockedAddress extends Error {}

/** A name was not found, or could not be looked up: `code` says why. */
export class LookupFailed extends Error {
  readonly code: string;

  constructor(code: string | undefined, options?: ErrorOptions) {
    super('the look-up failed', options);
    this.code = code ?? '';
  }
}

/**
 * Checks whether an address may be fetched. Returns it without its fragment.
 *
 * @param base What a redirect is relative to.
 * @throws {FetchRefusedError} It may not be fetched, or is not an address.
 * @throws {LimitError} It is too long (`urlLength`).
 */
export function checkAddress(text: string, policy: Policy, base?: URL): URL {
  const { allowHttp, addresses, hosts, urlLength } = policy;
  checkLength(text, urlLength);
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
  if (url === undefined) throw new FetchRefusedError('this is not an address that can be read', 'scheme');
  // With its base and with escapes, it may be longer than the text.
  checkLength(url.href, urlLength);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowHttp)) {
    const allowed = allowHttp ? 'https: and http:' : 'https:';
    throw new FetchRefusedError(`only ${allowed} addresses are fetched, not ${url.protocol.slice(0, 20)}`, 'scheme');
  }
  if (url.username !== '' || url.password !== '') {
    throw new FetchRefusedError('an address must not hold a user name or password', 'credentials');
  }
  if (url.hostname.length > longestHost) throw new FetchRefusedError('the name of the host is too long', 'host');
  const problem = addresses.hostProblem(url.hostname);
  if (problem !== undefined) {
    throw new FetchRefusedError(`this host may not be asked: ${problem}`, isLiteral(url.hostname) ? 'address' : 'host');
  }
  if (hosts !== null && !hosts.some((host) => isHost(canonicalHost(url.hostname), host))) {
    throw new FetchRefusedError('this host is not one of those that may be asked', 'host');
  }
  url.hash = '';
  return url;
}

function checkLength({ length }: string, max: number): void {
  if (length > max) throw new LimitError('the address is too long', 'urlLength', max, length);
}

function isLiteral(hostname: string): boolean {
  return isIP(canonicalHost(hostname)) !== 0;
}

function isHost(name: string, allowed: string): boolean {
  return allowed.startsWith('.') ? name.endsWith(allowed) : name === allowed;
}

/** Opens sockets to checked addresses only; fails with `BlockedAddress` or `LookupFailed`. */
export function guardedConnector(
  addresses: AddressRules,
  timeout: number,
  lookup: LookupFunction = systemLookup,
): buildConnector.connector {
  const connect = undici().buildConnector({ timeout, lookup: guardedLookup(addresses, lookup) });
  return (options, callback) => {
    // There is no lookup for a literal address.
    const problem = isLiteral(options.hostname) ? addresses.addressProblem(canonicalHost(options.hostname)) : undefined;
    if (problem === undefined) connect(options, callback);
    else callback(new BlockedAddress(problem), null);
  };
}

function guardedLookup(addresses: AddressRules, lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(new LookupFailed(error.code, { cause: error }), []);
      const answers = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : (found ?? []);
      for (const { address } of answers) {
        const problem = addresses.addressProblem(address);
        if (problem !== undefined) return callback(new BlockedAddress(problem), []);
      }
      const [first] = answers;
      if (first === undefined) callback(new LookupFailed('ENODATA'), []);
      else if (options.all) callback(null, answers);
      else callback(null, first.address, first.family);
    });
  };
}
