import { optionsOf, typeError, wholeNumber } from '../checks.js';
import type { AddressStats } from '../services/addresses.js';
import { HttpChannel } from './server/http_channel.js';
import { checkLimits, type ServerLimits } from './server/limits.js';
import { ServerEngine } from './server/server_engine.js';

/** What is fixed where an upstream is made. */
export interface UpstreamOptions {
  /**
   * Base addresses of servers that are alike, as the `baseURL` of OpenAI's SDK: `http://10.0.0.7:8000/v1`. Without a path,
   * it is `/v1`. The one with the fewest requests is asked, and another one if it fails before it answers.
   */
  readonly addresses: string | readonly string[];
  /** Goes to the servers as `Authorization: Bearer KEY`. Default: none. */
  readonly apiKey?: string | undefined;
  /** How often a request is tried again, at most. Default: 2. */
  readonly retries?: number | undefined;
  /** What a server takes at once. */
  readonly limits?: Partial<ServerLimits> | undefined;
}

/**
 * Servers that speak OpenAI's audio API, or a dialect of it, as an engine: of a gateway, or of an `AudioClient`.
 *
 * @example
 * const engine = new UpstreamEngine({ addresses: ['http://10.0.0.7:8000', 'http://10.0.0.8:8000'] });
 * await app.register(cochleaServe, { loader, engine });
 */
export class UpstreamEngine extends ServerEngine implements AsyncDisposable {
  readonly #servers: HttpChannel;

  /**
   * @throws {TypeError} An option is of the wrong type, or unknown; an address is none, or has a password.
   * @throws {RangeError} A number is out of range.
   */
  constructor(given: UpstreamOptions) {
    const options = optionsOf('options', given, ['addresses', 'apiKey', 'retries', 'limits']);
    const { addresses, apiKey, retries = 2, limits } = options;
    const texts = typeof addresses === 'string' ? [addresses] : addresses;
    if (!Array.isArray(texts) || texts.length === 0) throw typeError('options.addresses', 'addresses', addresses);
    if (apiKey !== undefined && (typeof apiKey !== 'string' || !/^[\x21-\x7e]+$/.test(apiKey))) {
      // The key itself is never shown.
      throw new TypeError('options.apiKey must be a string of visible ASCII characters, without spaces');
    }
    const servers = new HttpChannel({
      addresses: texts.map(baseOf),
      apiKey,
      retries: wholeNumber('options.retries', retries, 0, 1000),
    });
    super(servers, checkLimits(limits));
    this.#servers = servers;
  }

  /** What is known of each address. */
  get stats(): readonly AddressStats[] {
    return this.#servers.stats;
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    this.#servers.close();
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The address does not appear in the errors, since it may hold a password. */
function baseOf(text: unknown, index: number): URL {
  const name = `options.addresses[${index}]`;
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`${name} must be an http: or https: address, such as http://host:8000/v1`);
  }
  if (url.username || url.password) throw new TypeError(`${name} must have no user name or password: see apiKey`);
  if (url.search || url.hash) throw new TypeError(`${name} must have neither a query nor a fragment`);
  url.pathname = url.pathname.replace(/\/+$/, '') || '/v1';
  return url;
}
