import type { FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { flag, longestTimer, optionsOf, typeError, wholeNumber } from '../checks.js';
import type { AudioLoader } from '../load/index.js';
import type { AudioEngine } from '../openai/index.js';
import type { TensorSender } from '../transfer/index.js';
import type { EncodeWorker } from '../worker/index.js';

/** What no request can lift. */
export interface ServeLimits {
  /** Requests that are worked on at a time. Default: 32. */
  readonly concurrency?: number | undefined;
  /** Requests that wait for their turn. More are answered with 429. Default: 256. */
  readonly queue?: number | undefined;
  /** Bytes of a body. JSON holds audio in base64, which is a third larger. Default: 64 MiB. */
  readonly bodyBytes?: number | undefined;
  /** Bytes of all bodies that are in memory at a time. More are answered with 429. Default: 1 GiB. */
  readonly bodiesBytes?: number | undefined;
  /**
   * Milliseconds for a request, from its headers to the end of its answer; of a recording that is transcribed in parts, for
   * each part. Default: 60000, or 600000 with an `engine`.
   */
  readonly timeout?: number | undefined;
}

/** Options of `cochleaServe`. */
export interface ServeOptions {
  /** Fetches and decodes what clients send, within its own limits. It stays yours: close it after the server. */
  readonly loader: AudioLoader;
  /** Makes embeddings; a promise while its model loads: until then the service is not ready. Default: no such routes. */
  readonly worker?: EncodeWorker | Promise<EncodeWorker> | undefined;
  /**
   * Makes text of audio, and audio of text: `UpstreamEngine` for servers that speak OpenAI's API, `TranscriberEngine` for
   * Whisper in this process, or your own; a promise while its model loads, as for `worker`. It stays yours: close it after
   * the server. Default: no routes `/v1/audio/transcriptions`, `translations` and `speech`.
   */
  readonly engine?: AudioEngine | Promise<AudioEngine> | undefined;
  /**
   * Senders by which requests may have embeddings handed over, one for each mode. Tensors of an `HttpSender` are served
   * at `/v1/tensors/`. They stay yours: close them after the server. Default: none; embeddings are in the answers.
   */
  readonly transfers?: readonly TensorSender[] | undefined;
  /** Requests to `/v1/` need one of these keys, as `Authorization: Bearer KEY`. Default: none is needed. */
  readonly apiKeys?: readonly string[] | undefined;
  /**
   * Decides whether a request to `/v1/` may go on: `false` is answered with 401. What it throws is answered with its
   * `statusCode`, or 500. With `apiKeys`, either is enough. It runs before the body is read.
   */
  readonly authenticate?: ((request: FastifyRequest) => boolean | Promise<boolean>) | undefined;
  /**
   * Where the metrics go; or what gives that, called when the first of them is needed: prom-client takes as long to load as
   * Fastify. Default: a registry of the plugin's own, with nothing else in it.
   */
  readonly registry?: Registry | (() => Registry) | undefined;
  /** What no request can lift. */
  readonly limits?: ServeLimits | undefined;
  /** Milliseconds for which a closing server lets its requests go on. Default: 30000. */
  readonly grace?: number | undefined;
  /** Whether there is a page for people at `/`. Default: true. */
  readonly page?: boolean | undefined;
  /** Whether there is an OpenAPI document at `/openapi.json`, and a page of it at `/docs`. Default: true. */
  readonly docs?: boolean | undefined;
  /** Whether there is a route `/metrics`. Default: true. */
  readonly metrics?: boolean | undefined;
}

const optionNames = [
  'loader',
  'worker',
  'engine',
  'transfers',
  'apiKeys',
  'authenticate',
  'registry',
  'limits',
  'grace',
  'page',
  'docs',
  'metrics',
  // Fastify's own, which it passes on to a plugin.
  'prefix',
  'logLevel',
  'logSerializers',
];
const limitNames = ['concurrency', 'queue', 'bodyBytes', 'bodiesBytes', 'timeout'];

/** Options, checked. */
export interface Settings {
  readonly loader: AudioLoader;
  readonly worker: EncodeWorker | Promise<EncodeWorker> | undefined;
  readonly engine: AudioEngine | Promise<AudioEngine> | undefined;
  readonly transfers: readonly TensorSender[];
  readonly apiKeys: readonly string[];
  readonly authenticate: ServeOptions['authenticate'];
  readonly registry: ServeOptions['registry'];
  readonly limits: { readonly [Name in keyof ServeLimits]-?: number };
  readonly grace: number;
  readonly page: boolean;
  readonly docs: boolean;
  readonly metrics: boolean;
}

/** @throws {TypeError | RangeError} An option is wrong. */
export function checkOptions(given: ServeOptions): Settings {
  const options = optionsOf('options', given, optionNames);
  const limits = optionsOf('options.limits', options.limits ?? {}, limitNames);
  const { loader, worker, engine, transfers = [], apiKeys = [], authenticate, registry } = options;
  if (typeof loader !== 'object') throw typeError('options.loader', 'an AudioLoader', loader);
  if (worker !== undefined && typeof worker !== 'object') throw typeError('options.worker', 'an EncodeWorker', worker);
  if (engine !== undefined && !isEngine(engine)) {
    throw typeError('options.engine', 'an engine', engine);
  }
  if (authenticate !== undefined && typeof authenticate !== 'function') {
    throw typeError('options.authenticate', 'a function', authenticate);
  }
  const limit = (name: keyof ServeLimits, value: number, most: number, least = 1): number =>
    wholeNumber(`options.limits.${name}`, limits[name] ?? value, least, most);
  return {
    loader,
    worker,
    engine,
    transfers: checkTransfers(transfers),
    apiKeys: checkKeys(apiKeys),
    authenticate,
    registry,
    limits: {
      concurrency: limit('concurrency', 32, 10_000),
      queue: limit('queue', 256, 1_000_000, 0),
      bodyBytes: limit('bodyBytes', 64 * 1024 ** 2, Number.MAX_SAFE_INTEGER),
      bodiesBytes: limit('bodiesBytes', 1024 ** 3, Number.MAX_SAFE_INTEGER),
      timeout: limit('timeout', engine ? 600_000 : 60_000, longestTimer),
    },
    grace: wholeNumber('options.grace', options.grace ?? 30_000, 0, longestTimer),
    page: flag('options.page', options.page ?? true),
    docs: flag('options.docs', options.docs ?? true),
    metrics: flag('options.metrics', options.metrics ?? true),
  };
}

function isEngine(value: AudioEngine | Promise<AudioEngine>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'then' in value || typeof value.transcribe === 'function';
}

function checkTransfers(transfers: unknown): readonly TensorSender[] {
  if (!Array.isArray(transfers)) throw typeError('options.transfers', 'a list of senders', transfers);
  const modes = transfers.map((sender, i) => {
    if (typeof sender?.send !== 'function') throw typeError(`options.transfers[${i}]`, 'a sender', sender);
    return sender.mode;
  });
  if (new Set(modes).size < modes.length) throw new TypeError('options.transfers has two senders of the same mode');
  return transfers;
}

/** An error never shows a key. */
function checkKeys(keys: unknown): readonly string[] {
  if (!Array.isArray(keys)) throw typeError('options.apiKeys', 'a list of keys', '***');
  keys.forEach((key, i) => {
    if (typeof key !== 'string' || !/^[\x21-\x7e]{8,}$/.test(key)) {
      throw new TypeError(`options.apiKeys[${i}] must be at least 8 characters of ASCII without spaces`);
    }
  });
  return keys;
}
