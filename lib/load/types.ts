import type { LookupFunction } from 'node:net';
import type { AudioChunk, AudioDecoder, AudioDecoderOptions, DecodedAudio, DecodeOptions } from '../decode/index.js';
import type { AllowedAddresses } from './guard/address_rules.js';

/**
 * How to handle audio longer than `maxSeconds`:
 * - `error`: rejects with `ERR_AUDIO_LIMIT`.
 * - `truncate`: the result is the first `maxSeconds`, and `truncated` is true.
 * - `split`: the result is the whole audio (within `limits.seconds`). `segments` are views of it of at most
 *   `maxSeconds`, balanced and cut at quiet places as by `split`.
 */
export type OverLength = 'error' | 'truncate' | 'split';

/** How addresses are fetched. Times are in milliseconds. */
export interface FetchOptions {
  /**
   * From the request to the last byte, including name lookup, redirects and retries. The clock stops while the decoder
   * is busy. Default: 30 000.
   */
  readonly timeout?: number | undefined;
  /** For one connection, including TLS. Default: 5000. */
  readonly connectTimeout?: number | undefined;
  /** Largest body, in bytes. Each download may hold as much in memory for the decoder. Default: 64 MiB. */
  readonly bodyBytes?: number | undefined;
  /** Longest address, in characters. Default: 16 384. */
  readonly urlLength?: number | undefined;
  /** Maximum number of redirects. Each is checked like the first address. Default: 3. */
  readonly redirects?: number | undefined;
  /** Maximum number of retries after a lost connection or a status of 429, 502, 503 or 504. Default: 2. */
  readonly retries?: number | undefined;
  /** Maximum number of connections to one origin. Default: `concurrency.downloads`. */
  readonly connectionsPerOrigin?: number | undefined;
  /** Default: `cochlea/VERSION`. */
  readonly userAgent?: string | undefined;
  /**
   * An HTTP proxy for all requests. The proxy looks names up itself, so it must also check their addresses. Names for
   * private use are refused, unless `allowPrivateAddresses` is `true`. Default: none. The proxy variables of the
   * environment are ignored.
   */
  readonly proxy?: string | URL | undefined;
  /** Looks names up. All its answers are checked. Default: `dns.lookup`. */
  readonly lookup?: LookupFunction | undefined;
}

/** How decoded audio is kept. */
export interface CacheOptions {
  /** Bytes of decoded audio. Default: 256 MiB; 0 keeps nothing. */
  readonly maxBytes?: number | undefined;
  /** Longest time that audio is kept, in milliseconds, even if its server allows more. Default: none. */
  readonly ttl?: number | undefined;
  /** Milliseconds for which a failure of an address is remembered, instead of fetching it again. Default: 0. */
  readonly negativeTtl?: number | undefined;
  /** Called for audio that was dropped to make room. */
  readonly onEvict?: ((evicted: EvictedAudio) => void) | undefined;
}

/** Audio that was dropped from the cache. */
export interface EvictedAudio {
  /** The key in the cache. It is a hash of the content or file and the options of the decode, and reveals neither. */
  readonly key: string;
  /** Names the source in logs: no query, credentials or content. */
  readonly label: string;
  /** Bytes that were freed. */
  readonly bytes: number;
}

/** How many sources are worked on at a time. */
export interface ConcurrencyOptions {
  /** Maximum number of bodies and streams that are read at a time, up to 100. Default: 16. */
  readonly downloads?: number | undefined;
  /** Maximum number of decodes from memory or a file. Default: the number of threads. */
  readonly decodes?: number | undefined;
  /** Maximum number of waiting sources. Further ones are refused with `ERR_BUSY`. Default: 1024. */
  readonly queue?: number | undefined;
}

/** How long the audio may be. */
interface LengthOptions {
  /** Longest audio, in seconds. Default: `limits.seconds`, which no request can lift. */
  readonly maxSeconds?: number | undefined;
  /** How to handle longer audio. Default: `error`. */
  readonly overLength?: OverLength | undefined;
}

/** Options of a loader: those of its decoder, which sources it reads, and how. */
export interface AudioLoaderOptions extends AudioDecoderOptions, LengthOptions {
  /** Whether `http:` addresses are fetched. Default: false. */
  readonly allowHttp?: boolean | undefined;
  /**
   * Whether addresses in private networks, and names for private use, are fetched. `true` allows all; a list allows
   * these networks, such as `10.1.0.0/16`. Default: false.
   */
  readonly allowPrivateAddresses?: AllowedAddresses | undefined;
  /** The only hosts that are fetched: names, or `*.example.com` for all its subdomains. Default: every public host. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** The folder in which files may be read. Default: no files are read. */
  readonly allowedRoot?: string | undefined;
  /** Most characters of base64 in a data URL or message part. Default: 16 MiB. */
  readonly dataUrlBytes?: number | undefined;
  /** How addresses are fetched. */
  readonly fetch?: FetchOptions | undefined;
  /** How decoded audio is kept. */
  readonly cache?: CacheOptions | undefined;
  /** How many sources are worked on at a time. */
  readonly concurrency?: ConcurrencyOptions | undefined;
  /** Called for each piece of a body that arrives. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** How much of a body has arrived. */
export interface LoadProgress {
  /** Names the source in logs: no query, credentials or content. */
  readonly label: string;
  /** Bytes so far. */
  readonly bytes: number;
  /** Bytes that the server announced; `null` if it did not. */
  readonly total: number | null;
}

/** Options of one call of `load`. */
export interface LoadOptions extends DecodeOptions, LengthOptions {
  /** Whether `data` is the caller's own copy. Default: false: it may be shared with others, and must not be written. */
  readonly copy?: boolean | undefined;
}

/** Where the audio came from. */
export type CacheOutcome =
  /** It was fetched and decoded. */
  | 'miss'
  /** It was in the cache; its bytes may have been fetched again. */
  | 'hit'
  /** It was in the cache, and its server confirmed that it has not changed. */
  | 'revalidated'
  /** Another call was already loading it. */
  | 'coalesced';

/**
 * Decoded audio. Unless `copy` was asked for, `data` may be shared with the cache and with other calls: it must not be
 * written or transferred.
 */
export interface LoadedAudio extends DecodedAudio {
  /** Names the source in logs: no query, credentials or content. */
  readonly label: string;
  /** Where the audio came from. */
  readonly cache: CacheOutcome;
  /** Whether the source goes on after this (`overLength: 'truncate'`). */
  readonly truncated: boolean;
  /** Views of `data` of at most `maxSeconds` (`overLength: 'split'`); `null` otherwise. */
  readonly segments: readonly AudioChunk[] | null;
}

/** A source that was read, or found, but not decoded. */
export interface OpenedSource {
  /** Names the source in logs: no query, credentials or content. */
  readonly label: string;
  /** The whole source in memory, or the path of a file. */
  readonly encoded: Uint8Array | string;
  /** Decodes within the limits of the loader, with its defaults. */
  readonly decoder: AudioDecoder;
  /** The `maxSeconds` of the loader: longer audio is to be refused. */
  readonly maxSeconds: number;
}

/** Counters of a loader since it was made, and its current state. */
export interface LoaderStats {
  /** Number of decoded audios in the cache. */
  readonly entries: number;
  /** Bytes in the cache, including what it knows about addresses. */
  readonly bytes: number;
  /** Calls that the cache answered. */
  readonly hits: number;
  /** Calls for which the source was fetched or decoded. */
  readonly misses: number;
  /** Entries that were dropped from the cache to make room. */
  readonly evictions: number;
  /** Calls that shared the work of another call. */
  readonly coalesced: number;
  /** Sources that are being loaded. */
  readonly loading: number;
  /** Sources among them that wait for their turn. */
  readonly waiting: number;
}
