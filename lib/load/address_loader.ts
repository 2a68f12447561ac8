import { Coalescer } from '../async/coalescer.js';
import { CochleaError } from '../errors.js';
import type { AudioCache } from './cache/cache.js';
import { keyOf } from './cache/keys.js';
import type { CachedDecoder } from './cached_decoder.js';
import type { Policy } from './guard/guard.js';
import { checkAddress } from './guard/guard.js';
import type { Download, Downloads } from './http/downloads.js';
import type { Freshness } from './http/freshness.js';
import { isIntact, type Loaded, type Outcome } from './loaded.js';
import type { LoadRequest } from './request.js';

/** A request for an address, and the cached audio of it. */
interface AddressRequest {
  readonly url: URL;
  readonly label: string;
  readonly signal: AbortSignal;
  readonly before: { readonly loaded: Loaded; readonly freshness: Freshness; readonly key: string } | undefined;
}

/** Whether a failure is about the address, rather than the present state of the service. */
function concernsAddress({ code, fault }: CochleaError): boolean {
  return code === 'ERR_FETCH_FAILED' || fault === 'client';
}

/** Loads addresses. Concurrent calls share one fetch, and nothing is fetched again while the cache is fresh. */
export class AddressLoader {
  readonly #policy: Policy;
  readonly #downloads: Downloads;
  readonly #decoding: CachedDecoder;
  readonly #cache: AudioCache;
  readonly #coalescer = new Coalescer<Outcome>();

  constructor(policy: Policy, downloads: Downloads, decoding: CachedDecoder, cache: AudioCache) {
    this.#policy = policy;
    this.#downloads = downloads;
    this.#decoding = decoding;
    this.#cache = cache;
  }

  /** @throws {CochleaError} The address is refused, cannot be fetched, or holds no audio that can be decoded. */
  async load(text: string, label: string, request: LoadRequest, signal: AbortSignal): Promise<Outcome> {
    const url = checkAddress(text, this.#policy);
    const key = keyOf('address', url.href, request.key);
    const known = this.#cache.known(key);
    const loaded = known && this.#cache.audio(known.audio);
    const before = loaded && { loaded, freshness: known.freshness, key: known.audio };
    if (before?.freshness.fresh) return { loaded: before.loaded, how: 'hit', key: before.key };
    const failure = this.#cache.failure(key);
    if (failure) throw failure;
    const joined = this.#coalescer.has(key);
    const outcome = await this.#coalescer.join(key, signal, (signal) =>
      this.#fetch({ url, label, signal, before }, key, request),
    );
    return joined ? { ...outcome, how: 'coalesced' } : outcome;
  }

  /**
   * Fetches as much of an address as `use` reads, without caching it.
   *
   * @throws {CochleaError} As `load` does.
   */
  async fetch<Result>(
    text: string,
    label: string,
    signal: AbortSignal,
    use: (download: Download) => Promise<Result>,
  ): Promise<Result> {
    return this.#downloads.fetch({ url: checkAddress(text, this.#policy), label, signal }, use);
  }

  /** Closes the connections. */
  close(): Promise<void> {
    return this.#downloads.close();
  }

  async #fetch(wanted: AddressRequest, key: string, request: LoadRequest): Promise<Outcome> {
    const { label, signal, before } = wanted;
    const keep = (outcome: Outcome, freshness: Freshness): Outcome => {
      if (freshness.storable && outcome.key !== undefined)
        this.#cache.keepKnown(key, { freshness, audio: outcome.key });
      return outcome;
    };
    const unchanged = before && {
      freshness: before.freshness,
      use: (freshness: Freshness) => keep({ loaded: before.loaded, how: 'revalidated', key: before.key }, freshness),
    };
    try {
      const outcome = await this.#downloads.fetch(
        { url: wanted.url, label, signal, unchanged },
        async ({ freshness, body, bytes }) => {
          const job = { request, label, signal, storable: freshness.storable };
          return keep(await this.#decoding.body(body, bytes, key, job), freshness);
        },
      );
      // A caller may have transferred the samples while the server was asked.
      return isIntact(outcome.loaded) ? outcome : await this.#fetch({ ...wanted, before: undefined }, key, request);
    } catch (error) {
      if (error instanceof CochleaError && concernsAddress(error)) this.#cache.keepFailure(key, error);
      throw error;
    }
  }
}
