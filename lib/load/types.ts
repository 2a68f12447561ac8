import type { LookupFunction } from 'node:net';
import type { AudioChunk, AudioDecoderOptions, DecodedAudio, DecodeOptions } from '../decode/index.js';
import type { AllowedAddresses } from './guard/address_rules.js';

/**
 * What becomes of audio longer than `maxSeconds`:
 * - `error`: rejects with `ERR_AUDIO_LIMIT`.
 * - `truncate`: the result is the first `maxSeconds`, and says so: `truncated`.
 * - `split`: the result is whole (within `limits.seconds`), and `segments` are views of it, none longer, cut where
 *   it is quiet, as `split` does.
 */
export type OverLength = 'error' | 'truncate' | 'split';

/** How addresses are fetched. Times are in milliseconds. */
export interface FetchOptions {
  /** From the request to the last byte, name lookup, redirects and retries included; not while the decoder is busy. Default: 30 000. */
  readonly timeout?: number | undefined;
  /** For one connection, TLS included. Default: 5000. */
  readonly connectTimeout?: number | undefined;
  /** Largest body, in bytes. As much may wait in memory for the decoder, in each download. Default: 64 MiB. */
  readonly bodyBytes?: number | undefined;
  /** Longest address, in characters. Default: 16 384. */
  readonly urlLength?: number | undefined;
  /** Redirects that are followed, each checked as the first address is. Default: 3. */
  readonly redirects?: number | undefined;
  /** Further tries after a lost connection or an answer 429, 502, 503 or 504. Default: 2. */
  readonly retries?: number | undefined;
  /** Connections to one origin at a time. Default: as many as downloads. */
  readonly connectionsPerOrigin?: number | undefined;
  /** Default: `cochlea/VERSION`. */
  readonly userAgent?: string | undefined;
  /**
   * An HTTP proxy through which all is fetched. It looks names up itself: what they lead to is then its
   * duty to check. (So names for private use are refused, unless `allowPrivateAddresses` is `true`.) Default: none;
   * those of the environment are ignored.
   */
  readonly proxy?: string | URL | undefined;
  /** Looks names up, as `dns.lookup` does, the default. All its answers are checked. */
  readonly lookup?: LookupFunction | undefined;
}

/** How decoded audio is kept. */
export interface CacheOptions {
  /** Bytes of decoded audio. Default: 256 MiB; 0 keeps nothing. */
  readonly maxBytes?: number | undefined;
  /** Longest time in milliseconds that audio is kept, whatever its server allows. Default: none. */
  readonly ttl?: number | undefined;
  /** Milliseconds for which an address that failed, and could fail again, is not asked anew. Default: 0. */
  readonly negativeTtl?: number | undefined;
  /** Told what was dropped for want of room. */
  readonly onEvict?: ((evicted: EvictedAudio) => void) | undefined;
}

/** Audio that was dropped from the cache. */
export interface EvictedAudio {
  /** The key in the cache: of the content or file and the options of the decode; says nothing about them. */
  readonly key: string;
  /** Names the source in logs: no query, credentials or content. */
  readonly label: string;
  /** Bytes that were freed. */
  readonly bytes: number;
}

/** How much is done at a time. */
export interface ConcurrencyOptions {
  /** Bodies and streams that are read at a time, at most 100. Default: 16. */
  readonly downloads?: number | undefined;
  /** Decodes of what is in memory or a file. Default: as many as there are threads. */
  readonly decodes?: number | undefined;
  /** Sources that may wait for their turn; one more is refused with `ERR_BUSY`. Default: 1024. */
  readonly queue?: number | undefined;
}

/** How much of a source is wanted. */
interface LengthOptions {
  /** Longest audio, in seconds. Default: `limits.seconds`, which no request can lift. */
  readonly maxSeconds?: number | undefined;
  /** What becomes of longer audio. Default: `error`. */
  readonly overLength?: OverLength | undefined;
}

/** What is fixed where a loader is made: the options of a decoder, and what sources it reads, and how. */
export interface AudioLoaderOptions extends AudioDecoderOptions, LengthOptions {
  /** Whether `http:` addresses are fetched. Default: false. */
  readonly allowHttp?: boolean | undefined;
  /**
   * Whether addresses in private networks, and names for private use, are fetched: `true`, or a list of
   * networks such as `10.1.0.0/16` that are. Default: false.
   */
  readonly allowPrivateAddresses?: AllowedAddresses | undefined;
  /** The only hosts that are fetched: names, or `*.example.com` for all below it. Default: every public one. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** The folder in which files are read. Default: none are. */
  readonly allowedRoot?: string | undefined;
  /** Most characters of base64 in a data URL or message part. Default: 16 MiB. */
  readonly dataUrlBytes?: number | undefined;
  /** How addresses are fetched. */
  readonly fetch?: FetchOptions | undefined;
  /** How decoded audio is kept. */
  readonly cache?: CacheOptions | undefined;
  /** How much is done at a time. */
  readonly concurrency?: ConcurrencyOptions | undefined;
  /** Told about each piece of a body that comes. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** How much of a body has come. */
export interface LoadProgress {
  /** Names the source in logs: no query, credentials or content. */
  readonly label: string;
  /** Bytes so far. */
  readonly bytes: number;
  /** Bytes that the server announced; `null` if it did not. */
  readonly total: number | null;
}

/** What a call of `load` may choose. */
export interface LoadOptions extends DecodeOptions, LengthOptions {
  /** Whether `data` is a copy of the caller's own. Default: false: it is shared with others, and must not be written. */
  readonly copy?: boolean | undefined;
}

/** How audio was come by. */
export type CacheOutcome =
  /** It was fetched and decoded. */
  | 'miss'
  /** It was there; its bytes may have been fetched again. */
  | 'hit'
  /** It was there, and its server said that it is still the same. */
  | 'revalidated'
  /** Another call was loading it already. */
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

/** What a loader has done since it was made, and what it does now. */
export interface LoaderStats {
  /** Decoded audio in the cache. */
  readonly entries: number;
  /** Bytes that the cache holds, with what it knows about addresses. */
  readonly bytes: number;
  /** Calls that the cache answered. */
  readonly hits: number;
  /** Calls for which the source was fetched or decoded. */
  readonly misses: number;
  /** Entries that were dropped from the cache for want of room. */
  readonly evictions: number;
  /** Calls that shared the work of another one. */
  readonly coalesced: number;
  /** Sources that are being loaded. */
  readonly loading: number;
  /** Those of them that wait for their turn. */
  readonly waiting: number;
}
