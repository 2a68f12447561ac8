import { cancelOnAbort } from '../async/abort.js';
import { AbortError, BusyError, ClosedError } from '../errors.js';

export interface BatcherOptions<Item, Result> {
  /** Maximum number of items of one batch. */
  readonly maxBatch: number;
  /** Milliseconds that an item waits for others to join its batch. */
  readonly maxWaitMs: number;
  /** Maximum number of waiting items. */
  readonly maxQueue: number;
  /** Returns one result for each item, in their order. If it fails, all these items fail. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  /** Milliseconds, as `performance.now()` counts them. */
  readonly since: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects single items into batches. A batch starts when it is full, or when its oldest item has waited long enough.
 * One batch runs at a time. Items that arrive meanwhile wait for the next batch, first come, first served.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting<Item, Result>>();
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  /** Number of waiting items. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Adds an item, and resolves to its result.
   *
   * @throws {BusyError} The queue is full.
   * @throws {ClosedError} `close` was called.
   * @throws {AbortError} The signal aborted. A waiting item leaves the queue; the result of a running one is dropped.
   */
  async add(item: Item, signal?: AbortSignal): Promise<Result> {
    if (signal?.aborted) throw new AbortError(signal.reason);
    if (this.#closed) throw new ClosedError('ERR_CLOSED', 'it was closed: nothing more is encoded');
    if (this.#waiting.size >= this.#options.maxQueue) {
      throw new BusyError('ERR_BUSY', `the queue is full: ${this.#waiting.size} clips are waiting`);
    }
    let release: (() => void) | undefined;
    try {
      return await new Promise<Result>((resolve, reject) => {
        const waiting = { item, since: performance.now(), resolve, reject };
        this.#waiting.add(waiting);
        const cancel = (): void => {
          this.#waiting.delete(waiting);
          reject(new AbortError(signal?.reason));
          this.#schedule();
        };
        release = signal && cancelOnAbort(signal, { cancel });
        this.#schedule();
      });
    } finally {
      release?.();
    }
  }

  /** Accepts no more items, runs the waiting ones, and resolves when all have finished. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#schedule();
    while (this.#running !== undefined) await this.#running;
  }

  /** Starts the next batch, or sets the timer for it. */
  #schedule(): void {
    clearTimeout(this.#timer);
    const [oldest] = this.#waiting;
    if (this.#running !== undefined || oldest === undefined) return;
    const { maxBatch, maxWaitMs } = this.#options;
    const left = oldest.since + maxWaitMs - performance.now();
    if (this.#closed || this.#waiting.size >= maxBatch || left <= 0) this.#start();
    else this.#timer = setTimeout(() => this.#start(), left);
  }

  #start(): void {
    const batch = [...this.#waiting].slice(0, this.#options.maxBatch);
    for (const each of batch) this.#waiting.delete(each);
    this.#running = this.#run(batch).finally(() => {
      this.#running = undefined;
      this.#schedule();
    });
  }

  async #run(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.run(batch.map(({ item }) => item));
      for (const [i, { resolve }] of batch.entries()) resolve(results[i] as Result);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/**
 * The batch size to which `count` items are padded: the next power of two, at most `maxBatch`. A GPU searches for the
 * fastest kernels once for each shape, so there should be few shapes.
 */
export function paddedBatch(count: number, maxBatch: number): number {
  return Math.min(2 ** Math.ceil(Math.log2(count)), maxBatch);
}
