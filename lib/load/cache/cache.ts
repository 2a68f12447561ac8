import { LRUCache } from 'lru-cache';
import { type CochleaError, FetchFailedError } from '../../errors.js';
import { publish } from '../diagnostics.js';
import type { Freshness } from '../http/freshness.js';
import { isIntact, type Loaded } from '../loaded.js';
import type { CacheSettings } from '../options.js';

/** Where an address led. */
export interface Known {
  readonly freshness: Freshness;
  /** The key of its audio. */
  readonly audio: string;
}

type Entry =
  | { readonly kind: 'audio'; readonly loaded: Loaded }
  | { readonly kind: 'known'; readonly known: Known }
  | { readonly kind: 'failed'; readonly error: CochleaError };

/** Bytes that an entry takes besides its samples: facts, keys, headers. */
const overhead = 2048;

/**
 * Decoded audio, and where addresses led. It is bounded in bytes, and drops the least recently used entries first.
 * Failures are kept for `negativeTtl` milliseconds.
 */
export class AudioCache {
  readonly #entries: LRUCache<string, Entry> | undefined;
  readonly #negativeTtl: number;
  #audio = 0;
  #evictions = 0;

  constructor({ maxBytes, ttl, negativeTtl, onEvict }: CacheSettings) {
    this.#negativeTtl = negativeTtl;
    if (maxBytes === 0) return;
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      ttl,
      sizeCalculation: sizeOf,
      // Called after an entry was removed, for whatever reason.
      disposeAfter: (entry, key, reason) => {
        if (entry.kind !== 'audio') return;
        this.#audio--;
        if (reason !== 'evict') return;
        this.#evictions++;
        const evicted = { key, label: entry.loaded.label, bytes: sizeOf(entry) };
        publish('evict', evicted);
        try {
          onEvict?.(evicted);
        } catch (error) {
          // As diagnostics_channel does for its subscribers: the load that needed the room must not fail.
          process.nextTick(() => {
            throw error;
          });
        }
      },
      onInsert: (entry) => {
        if (entry.kind === 'audio') this.#audio++;
      },
    });
  }

  /** Number of audios in the cache. */
  get size(): number {
    return this.#audio;
  }

  get bytes(): number {
    return this.#entries?.calculatedSize ?? 0;
  }

  get evictions(): number {
    return this.#evictions;
  }

  audio(key: string): Loaded | undefined {
    const entry = this.#entries?.get(key);
    if (entry?.kind !== 'audio') return undefined;
    if (isIntact(entry.loaded)) return entry.loaded;
    this.#entries?.delete(key);
    return undefined;
  }

  known(key: string): Known | undefined {
    const entry = this.#entries?.get(key);
    return entry?.kind === 'known' ? entry.known : undefined;
  }

  failure(key: string): CochleaError | undefined {
    const entry = this.#entries?.get(failureKey(key));
    return entry?.kind === 'failed' ? entry.error : undefined;
  }

  /** Audio that is larger than the cache is not kept. */
  keepAudio(key: string, loaded: Loaded): void {
    this.#entries?.set(key, { kind: 'audio', loaded });
  }

  keepKnown(key: string, known: Known): void {
    this.#entries?.set(key, { kind: 'known', known });
  }

  keepFailure(key: string, error: CochleaError): void {
    if (this.#negativeTtl > 0)
      this.#entries?.set(failureKey(key), { kind: 'failed', error }, { ttl: this.#negativeTtl });
  }

  clear(): void {
    this.#entries?.clear();
  }
}

function sizeOf(entry: Entry): number {
  // Truncated audio is a view, which keeps the whole buffer in memory.
  if (entry.kind === 'audio') return overhead + entry.loaded.audio.data.buffer.byteLength;
  if (entry.kind === 'known') return overhead + entry.known.freshness.bytes;
  const { answer = null } = entry.error instanceof FetchFailedError ? entry.error : {};
  return overhead + 2 * (answer?.length ?? 0);
}

/** A key of its own: an earlier success of the same address must survive, to be revalidated later. */
function failureKey(key: string): string {
  return `!${key}`;
}
