import { AbortError } from '../errors.js';
import { cancelOnAbort } from './abort.js';

interface Waiting {
  readonly amount: number;
  readonly admit: () => void;
}

/**
 * Hands out shares of an amount, first come, first served. A request for more than is free waits, and all later
 * requests wait behind it, so that small requests cannot starve a large one.
 */
export class Semaphore {
  readonly #capacity: number;
  #free: number;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /** Number of waiting requests. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether the next request has to wait. */
  get full(): boolean {
    return this.#free <= 0;
  }

  /**
   * Resolves to the function that gives the share back, to be called once. A request for more than the
   * capacity takes all of it.
   *
   * @throws {AbortError} The signal aborted before there was room.
   */
  async acquire(wanted: number, signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted) throw new AbortError(signal.reason);
    const amount = Math.min(wanted, this.#capacity);
    if (this.#waiting.size > 0 || amount > this.#free) await this.#turn(amount, signal);
    else this.#free -= amount;
    return () => {
      this.#free += amount;
      this.#admit();
    };
  }

  async #turn(amount: number, signal: AbortSignal | undefined): Promise<void> {
    let release: (() => void) | undefined;
    try {
      await new Promise<void>((admit, reject) => {
        const waiting = { amount, admit };
        this.#waiting.add(waiting);
        const cancel = (): void => {
          if (!this.#waiting.delete(waiting)) return;
          reject(new AbortError(signal?.reason));
          // Those behind may need less than this one did.
          this.#admit();
        };
        release = signal && cancelOnAbort(signal, { cancel });
      });
    } finally {
      release?.();
    }
  }

  #admit(): void {
    for (const waiting of this.#waiting) {
      if (waiting.amount > this.#free) return;
      this.#waiting.delete(waiting);
      this.#free -= waiting.amount;
      waiting.admit();
    }
  }
}
