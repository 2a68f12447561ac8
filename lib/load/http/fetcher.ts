import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { buildConnector, Dispatcher } from 'undici/index.js';
import { untilAborted } from '../../async/abort.js';
import { undici } from '../../async/undici.js';
import { AbortError, FetchFailedError, FetchRefusedError, LimitError } from '../../errors.js';
import type { Policy } from '../guard/guard.js';
import { checkAddress, guardedConnector } from '../guard/guard.js';
import { tunnels } from '../guard/tunnels.js';
import type { FetchSettings } from '../options.js';
import { arriving } from './arriving_body.js';
import { Body } from './body.js';
import type { Deadline } from './deadline.js';
import { fetchFailure } from './failure.js';
import { Freshness } from './freshness.js';

/** Bytes that are read of the text of a failing answer. */
const answerBytes = 8 * 1024;
const answerMilliseconds = 1000;
/** Milliseconds that an idle connection is kept at most, to leave room for others. */
const longestIdle = 10_000;
/** 203 is a 200 that a proxy has changed on the way (RFC 9110). Browsers accept it, too. */
const wholeStatuses = [200, 203];
/**
 * Values of Content-Encoding that encode nothing. S3 and its clones return whatever the uploader had sent:
 * `aws-chunked` comes from signed uploads, and `utf-8`, `binary` or nothing at all are mistakes of the uploader's
 * program.
 */
const noEncodings = ['', 'identity', 'none', 'aws-chunked', 'utf-8', 'utf8', 'binary'];
const redirectStatuses = [301, 302, 303, 307, 308];

/** The answer of an address. */
export interface Answer {
  /** `undefined` if it has not changed. */
  readonly body: Body | undefined;
  readonly freshness: Freshness;
}

/** One request for an address. */
export interface FetchRequest {
  readonly url: URL;
  readonly label: string;
  readonly deadline: Deadline;
  /** The freshness of an earlier answer, if its audio is still cached. */
  readonly before: Freshness | undefined;
}

/** Fetches addresses, one try each. Owns the sockets; runs on the event loop, as all of the loader does. */
export class Fetcher {
  readonly #policy: Policy;
  readonly #settings: FetchSettings;
  /** Made with the first request. */
  #agent: Dispatcher | undefined;
  readonly #headers: Readonly<Record<string, string>>;
  /** Sockets that are open or being opened. */
  #sockets = 0;

  constructor(policy: Policy, settings: FetchSettings) {
    this.#policy = policy;
    this.#settings = settings;
    this.#headers = { 'user-agent': settings.userAgent, accept: '*/*', 'accept-encoding': 'identity' };
  }

  /**
   * Follows redirects to the final answer.
   *
   * @throws {FetchRefusedError} An address on the way is refused.
   * @throws {FetchFailedError} There is no such answer.
   * @throws {LimitError} The body is larger than allowed, by its header.
   */
  async fetch(request: FetchRequest): Promise<Answer> {
    const freshness = new Freshness(this.#headers);
    let { url } = request;
    for (let hops = 0; ; hops++) {
      const validators = request.before?.validators(url) ?? {};
      const response = await this.#request(url, validators, request.deadline);
      const { statusCode: status, headers } = response;
      if (status === 304 && request.before && Object.keys(validators).length > 0) {
        discard(response);
        freshness.addUnchanged(url, headers, request.before);
        return { body: undefined, freshness };
      }
      freshness.add(url, status, headers);
      const { location } = headers;
      if (!redirectStatuses.includes(status) || typeof location !== 'string') {
        const body = await this.#body(response, request).catch((error) => {
          response.body.destroy();
          throw error;
        });
        return { body, freshness };
      }
      discard(response);
      if (hops === this.#settings.redirects) {
        throw new FetchRefusedError(`there are more than ${hops} redirects`, 'redirects');
      }
      url = checkAddress(asUtf8(location), this.#policy, url);
    }
  }

  /** Closes all sockets, also those in use. */
  async close(): Promise<void> {
    await this.#agent?.destroy();
  }

  #makeAgent(): Dispatcher {
    const { Agent, ProxyAgent } = undici();
    const { proxy, lookup, connectTimeout, connectionsPerOrigin: connections } = this.#settings;
    // The deadline replaces the timeouts of undici.
    const pool = { connections, headersTimeout: 0, bodyTimeout: 0, keepAliveMaxTimeout: longestIdle };
    if (proxy === undefined) {
      const connect = guardedConnector(this.#policy.addresses, connectTimeout, lookup);
      return new Agent({ ...pool, connect: this.#watched(connect) });
    }
    return new ProxyAgent({
      ...pool,
      uri: proxy,
      clientFactory: (url, options) => tunnels(url, options, connectTimeout, (connect) => this.#watched(connect)),
      proxyTls: { timeout: connectTimeout },
      requestTls: { timeout: connectTimeout },
    });
  }

  /**
   * Counts sockets, and changes the code of resets: undici treats a reset as the end of a body without a stated length.
   */
  #watched(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) => {
      this.#sockets++;
      connect(options, (...outcome) => {
        const [, socket] = outcome;
        if (!socket) this.#sockets--;
        socket?.once('close', () => this.#sockets--);
        socket?.prependListener('error', (error: NodeJS.ErrnoException) => {
          if (error.code === 'ECONNRESET') error.code = 'UND_ERR_SOCKET';
        });
        callback(...outcome);
      });
    };
  }

  async #request(
    url: URL,
    validators: Readonly<Record<string, string>>,
    deadline: Deadline,
  ): Promise<Dispatcher.ResponseData> {
    this.#agent ??= this.#makeAgent();
    try {
      const response = this.#agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { ...this.#headers, ...validators },
        signal: deadline.signal,
        reset: this.#sockets >= this.#settings.keptConnections,
      });
      // undici ignores the signal until there is a connection.
      return await deadline.spend(untilAborted(response, deadline.signal));
    } catch (error) {
      throw fetchFailure(error, deadline, false);
    }
  }

  async #body(response: Dispatcher.ResponseData, { deadline, label }: FetchRequest): Promise<Body> {
    const { statusCode: status, headers, body } = response;
    // Destroying the body early is not an error.
    body.on('error', () => {});
    if (!wholeStatuses.includes(status)) throw await failingStatus(response, deadline);
    if (isEncoded(headers['content-encoding'])) {
      throw new FetchFailedError('its body is compressed, which was not asked for', 'protocol', true, { status });
    }
    const total = typeof headers['content-length'] === 'string' ? Number(headers['content-length']) : null;
    const { bodyBytes, onProgress } = this.#settings;
    if (total !== null && total > bodyBytes) {
      throw new LimitError('the body is announced to be too large', 'bodyBytes', bodyBytes, total);
    }
    const source = arriving(body, bodyBytes);
    const producer = {
      next: () =>
        deadline.spend(source.next()).catch((error) => {
          throw fetchFailure(error, deadline, true);
        }),
      stop: () => source.stop(),
    };
    return new Body(producer, 'bodyBytes', bodyBytes, onProgress && ((bytes) => onProgress({ label, bytes, total })));
  }
}

/** Whether an entry of this header changes the body. The header may hold a list, or occur several times. */
function isEncoded(encodings: string | string[] = ''): boolean {
  const entries = String(encodings).toLowerCase().split(',');
  return !entries.every((entry) => noEncodings.includes(entry.trim()));
}

/** Reads a header as UTF-8 if it is valid: undici reads each byte as a character. */
function asUtf8(header: string): string {
  const bytes = Buffer.from(header, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : header;
}

/** Reads a short rest of the body, so that the connection can be reused; closes it otherwise. */
function discard({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => {});
  body.dump({ limit: answerBytes }).catch(() => {});
}

async function failingStatus(response: Dispatcher.ResponseData, deadline: Deadline): Promise<Error> {
  const { statusCode: status, headers, body } = response;
  const isFinal = status !== 408 && status !== 429 && status < 500;
  const retryAfter = secondsUntil(headers['retry-after']);
  const isText = /^(text\/|application\/(problem\+)?(json|xml))/.test(String(headers['content-type']));
  const answer = isText ? await deadline.spend(beginning(body)) : undefined;
  if (deadline.signal.aborted && !deadline.isOver) return new AbortError();
  return new FetchFailedError(`its server answers ${status}`, 'status', isFinal, { status, retryAfter, answer });
}

/** `Retry-After`: seconds, or an HTTP date, which begins with the day of the week. (`Date.parse` accepts even `-1`.) */
function secondsUntil(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const date = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** The beginning of a text, as far as it arrives in time: the status alone would do. */
async function beginning(body: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const timer = setTimeout(() => body.destroy(), answerMilliseconds);
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= answerBytes) break;
    }
  } catch {
    // Ended early, by the timer or by the server.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).subarray(0, answerBytes).toString('utf8');
}
