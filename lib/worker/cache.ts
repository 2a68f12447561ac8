import { LRUCache } from 'lru-cache';
import { Coalescer } from '../async/coalescer.js';
import { wholeNumber } from '../checks.js';
import type { Tensor } from '../tensors/tensor.js';

/** What storing an entry did. */
export interface CacheChange {
  /** Whether the entry is in the cache now. One that is larger than the cache is not. */
  readonly stored: boolean;
  /** Keys that are in the cache now and were not before. */
  readonly added: readonly string[];
  /** Keys that were dropped: the least recently used. */
  readonly removed: readonly string[];
}

/** What a cache of embeddings has done since it was made. */
export interface EmbeddingCacheStats {
  /** Tensors in the cache. */
  readonly entries: number;
  /** Bytes of their elements. */
  readonly bytes: number;
  /** Lookups that found something. */
  readonly hits: number;
  /** Lookups that found nothing. Those that then shared the work of another lookup count, too. */
  readonly misses: number;
  /** Entries that were dropped for want of room. */
  readonly evictions: number;
}

/** What is fixed where a cache is made. */
export interface EmbeddingCacheOptions {
  /** Bytes of embeddings that are kept, at most: 6 MB for 30 s of Qwen2-Audio in float16, 12 MB in float32. */
  readonly maxBytes: number;
  /** Called with each change. A router can use it to send a clip to the worker that has its embeddings. */
  readonly onChange?: ((change: CacheChange) => void) | undefined;
}

/**
 * Embeddings by their content, the least recently used dropped first. Work for the same content is done once for all who
 * wait for it; a failure is told to all of them, and not kept. The tensors are shared: nobody writes to them.
 */
export class EmbeddingCache {
  readonly #entries: LRUCache<string, Tensor>;
  readonly #coalescer = new Coalescer<Tensor>();
  readonly #maxBytes: number;
  readonly #onChange: ((change: CacheChange) => void) | undefined;
  #removed: string[] = [];
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  /** @throws {TypeError | RangeError} An option is wrong. */
  constructor({ maxBytes, onChange }: EmbeddingCacheOptions) {
    this.#maxBytes = wholeNumber('options.maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER);
    this.#onChange = onChange;
    this.#entries = new LRUCache({
      maxSize: this.#maxBytes,
      sizeCalculation: bytesOf,
      dispose: (_, key, reason) => {
        if (reason === 'evict') this.#evictions++;
        if (reason === 'evict') this.#removed.push(key);
      },
    });
  }

  /** What the cache holds, and has done. */
  get stats(): EmbeddingCacheStats {
    const bytes = this.#entries.calculatedSize;
    return { entries: this.#entries.size, bytes, hits: this.#hits, misses: this.#misses, evictions: this.#evictions };
  }

  /** The tensor, which becomes the most recently used. */
  get(key: string): Tensor | undefined {
    const tensor = this.#entries.get(key);
    if (tensor === undefined) this.#misses++;
    else this.#hits++;
    return tensor;
  }

  /** Keeps a tensor, in place of another one with the same key. One that is larger than the cache changes nothing. */
  set(key: string, tensor: Tensor): CacheChange {
    const known = this.#entries.has(key);
    if (bytesOf(tensor) > this.#maxBytes) return { stored: false, added: [], removed: [] };
    this.#removed = [];
    this.#entries.set(key, tensor);
    const change = { stored: true, added: known ? [] : [key], removed: this.#removed };
    this.#tell(change);
    return change;
  }

  /** What is there, or else what `work` makes of it, which is kept. Rejects as `work` does. */
  async computed(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Tensor>): Promise<Tensor> {
    return (
      this.get(key) ??
      this.#coalescer.join(key, signal, async (stop) => {
        const tensor = await work(stop);
        this.set(key, tensor);
        return tensor;
      })
    );
  }

  /** Drops everything. */
  clear(): void {
    const removed = [...this.#entries.keys()];
    this.#entries.clear();
    if (removed.length > 0) this.#tell({ stored: false, added: [], removed });
  }

  #tell(change: CacheChange): void {
    try {
      this.#onChange?.(change);
    } catch (error) {
      // As diagnostics_channel does with its subscribers: it is not the fault of the clip that was stored.
      process.nextTick(() => {
        throw error;
      });
    }
  }
}

/** An entry takes a byte at least: the library wants it so. */
function bytesOf({ data }: Tensor): number {
  return Math.max(1, data.byteLength);
}
