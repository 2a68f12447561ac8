import type { LookupFunction } from 'node:net';
import { resolve } from 'node:path';
import { flag, longestTimer, optionsOf, shown, typeError, wholeNumber, word } from '../checks.js';
import type { AudioDecoderOptions, DecodeOptions } from '../decode/index.js';
import { apart, decoderKeys, positive, requestKeys } from '../decode/inner.js';
import { native } from '../native/binding.js';
import { versions } from '../versions.js';
import { AddressRules, canonicalHost } from './guard/address_rules.js';
import type { Policy } from './guard/guard.js';
import type { AudioLoaderOptions, CacheOptions, FetchOptions, LoadOptions, LoadProgress, OverLength } from './types.js';

/** Checks of all options, in the manner of the decoder's. */

const loaderKeys = [
  'maxSeconds',
  'overLength',
  'allowHttp',
  'allowPrivateAddresses',
  'allowedHosts',
  'allowedRoot',
  'dataUrlBytes',
  'fetch',
  'cache',
  'concurrency',
  'onProgress',
] as const satisfies readonly (keyof AudioLoaderOptions)[];
const loadKeys = ['maxSeconds', 'overLength', 'copy'] as const satisfies readonly (keyof LoadOptions)[];
const fetchKeys = [
  'timeout',
  'connectTimeout',
  'bodyBytes',
  'urlLength',
  'redirects',
  'retries',
  'connectionsPerOrigin',
  'userAgent',
  'proxy',
  'lookup',
];
const cacheKeys = ['maxBytes', 'ttl', 'negativeTtl', 'onEvict'];
const concurrencyKeys = ['downloads', 'decodes', 'queue'];

/** Maximum number of open sockets. */
const mostConnections = 100;

export interface FetchSettings {
  readonly timeout: number;
  readonly connectTimeout: number;
  readonly bodyBytes: number;
  readonly redirects: number;
  readonly retries: number;
  readonly connectionsPerOrigin: number;
  /** Sockets beyond this are closed after one answer, so that there are never more than `mostConnections`. */
  readonly keptConnections: number;
  readonly userAgent: string;
  readonly proxy: string | undefined;
  readonly lookup: LookupFunction | undefined;
  readonly onProgress: ((progress: LoadProgress) => void) | undefined;
}

export interface CacheSettings {
  readonly maxBytes: number;
  /** 0: none. */
  readonly ttl: number;
  readonly negativeTtl: number;
  readonly onEvict: CacheOptions['onEvict'];
}

export interface Settings {
  readonly policy: Policy;
  readonly fetch: FetchSettings;
  readonly cache: CacheSettings;
  readonly concurrency: { readonly downloads: number; readonly decodes: number; readonly queue: number };
  readonly allowedRoot: string | undefined;
  readonly dataUrlBytes: number;
  readonly length: LengthRule;
}

/** `maxSeconds` and `overLength`, checked. */
export interface LengthRule {
  readonly maxSeconds: number;
  readonly overLength: OverLength;
}

/** Checks the options of a loader, and separates those of its decoder. */
export function checkLoaderOptions(options: AudioLoaderOptions): { decoder: AudioDecoderOptions; settings: Settings } {
  const [own, decoder] = apart(options, loaderKeys, decoderKeys);
  const { downloads, decodes, queue } = checkConcurrency(own.concurrency);
  const { fetch: given = {} } = own;
  const fetch = optionsOf('options.fetch', given, fetchKeys);
  return {
    decoder,
    settings: {
      policy: {
        allowHttp: flag('options.allowHttp', own.allowHttp ?? false),
        addresses: new AddressRules(own.allowPrivateAddresses ?? false, fetch.proxy !== undefined),
        hosts: own.allowedHosts === undefined ? null : checkHosts(own.allowedHosts),
        urlLength: wholeNumber('options.fetch.urlLength', fetch.urlLength ?? 16 * 1024, 1, 2 ** 20),
      },
      fetch: checkFetch(fetch, own, downloads),
      cache: checkCache(own.cache),
      concurrency: { downloads, decodes, queue },
      allowedRoot: own.allowedRoot === undefined ? undefined : checkRoot(own.allowedRoot),
      dataUrlBytes: positive('options.dataUrlBytes', own.dataUrlBytes ?? 16 * 1024 ** 2),
      length: checkLength(own, { maxSeconds: Number.POSITIVE_INFINITY, overLength: 'error' }),
    },
  };
}

/**
 * Checks the options of one load, and separates those of the decode. A request can lower `maxSeconds`, not raise it.
 */
export function checkLoadOptions(
  options: LoadOptions,
  loader: LengthRule,
): { decode: DecodeOptions; length: LengthRule; copy: boolean } {
  const [own, decode] = apart(options, loadKeys, requestKeys);
  return { decode, length: checkLength(own, loader), copy: flag('options.copy', own.copy ?? false) };
}

function checkLength(given: Pick<LoadOptions, 'maxSeconds' | 'overLength'>, loader: LengthRule): LengthRule {
  const { maxSeconds = loader.maxSeconds, overLength = loader.overLength } = given;
  word('options.overLength', overLength, ['error', 'truncate', 'split']);
  return { maxSeconds: Math.min(positive('options.maxSeconds', maxSeconds), loader.maxSeconds), overLength };
}

function checkFetch(fetch: FetchOptions, { onProgress }: AudioLoaderOptions, downloads: number): FetchSettings {
  const { timeout = 30_000, connectTimeout = 5000, bodyBytes = 64 * 1024 ** 2 } = fetch;
  const { redirects = 3, retries = 2, connectionsPerOrigin = downloads } = fetch;
  const { userAgent = `cochlea/${versions().cochlea}`, proxy, lookup } = fetch;
  if (typeof userAgent !== 'string' || !/^[\x20-\x7e]+$/.test(userAgent))
    throw typeError('options.fetch.userAgent', 'a line of ASCII', userAgent);
  return {
    timeout: wholeNumber('options.fetch.timeout', timeout, 1, longestTimer),
    connectTimeout: wholeNumber('options.fetch.connectTimeout', connectTimeout, 1, longestTimer),
    bodyBytes: positive('options.fetch.bodyBytes', bodyBytes),
    redirects: wholeNumber('options.fetch.redirects', redirects, 0, 20),
    retries: wholeNumber('options.fetch.retries', retries, 0, 10),
    connectionsPerOrigin: wholeNumber('options.fetch.connectionsPerOrigin', connectionsPerOrigin, 1, mostConnections),
    keptConnections: mostConnections - downloads,
    userAgent,
    proxy: proxy === undefined ? undefined : checkProxy(proxy),
    lookup: callback('options.fetch.lookup', lookup),
    onProgress: callback('options.onProgress', onProgress),
  };
}

function checkCache(cache: CacheOptions = {}): CacheSettings {
  const { maxBytes = 256 * 1024 ** 2, ttl, negativeTtl = 0, onEvict } = optionsOf('options.cache', cache, cacheKeys);
  return {
    maxBytes: wholeNumber('options.cache.maxBytes', maxBytes, 0, Number.MAX_SAFE_INTEGER),
    ttl: ttl === undefined ? 0 : wholeNumber('options.cache.ttl', ttl, 1, longestTimer),
    negativeTtl: wholeNumber('options.cache.negativeTtl', negativeTtl, 0, longestTimer),
    onEvict: callback('options.cache.onEvict', onEvict),
  };
}

function checkConcurrency(given: AudioLoaderOptions['concurrency'] = {}): Settings['concurrency'] {
  const own = optionsOf('options.concurrency', given, concurrencyKeys);
  const { downloads = 16, decodes = native.threads(), queue = 1024 } = own;
  return {
    downloads: wholeNumber('options.concurrency.downloads', downloads, 1, mostConnections),
    decodes: wholeNumber('options.concurrency.decodes', decodes, 1, 10_000),
    queue: wholeNumber('options.concurrency.queue', queue, 0, 10_000_000),
  };
}

function checkHosts(hosts: readonly string[]): string[] {
  if (!Array.isArray(hosts)) throw typeError('options.allowedHosts', 'a list of host names', hosts);
  return hosts.map((host, i) => {
    const name = `options.allowedHosts[${i}]`;
    if (typeof host !== 'string') throw typeError(name, 'a host name', host);
    const [, wildcard, rest = ''] = /^(\*\.)?([^.*:/\\?#@\s][^*:/\\?#@\s]*|\[[\da-f.:]+\])$/i.exec(host) ?? [];
    // Normalised like the addresses: lower case, in ASCII.
    const url = URL.canParse(`https://${rest}/`) ? new URL(`https://${rest}/`) : undefined;
    if (!url) {
      throw new RangeError(`${name} must be a host name such as example.com or *.example.com, got ${shown(host)}`);
    }
    return (wildcard === undefined ? '' : '.') + canonicalHost(url.hostname);
  });
}

function checkRoot(root: string): string {
  if (typeof root !== 'string' || root === '') throw typeError('options.allowedRoot', 'the path of a folder', root);
  return resolve(root);
}

function checkProxy(proxy: string | URL): string {
  const url = URL.canParse(String(proxy)) ? new URL(proxy) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    // The message leaves out the value, which may hold a password.
    throw new TypeError('options.fetch.proxy must be an http: or https: address');
  }
  return url.href;
}

function callback<Callback>(name: string, value: Callback): Callback {
  if (value !== undefined && typeof value !== 'function') throw typeError(name, 'a function', value);
  return value;
}
