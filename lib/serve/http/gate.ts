import { Semaphore } from '../../async/semaphore.js';
import { BusyError } from '../../errors.js';

/** How fast the mean time of a request follows the latest ones. */
const weight = 0.1;
/** Seconds. */
const longestRetryAfter = 60;

/**
 * Lets so many requests work at a time, and so many more wait, first come, first served. The rest is refused at once, so
 * that no client waits for what will not come.
 */
export class Gate {
  readonly #lanes: Semaphore;
  readonly #concurrency: number;
  readonly #queue: number;
  #running = 0;
  /** Milliseconds that a request works, on average. */
  #mean = 100;

  constructor(concurrency: number, queue: number) {
    this.#lanes = new Semaphore(concurrency);
    this.#concurrency = concurrency;
    this.#queue = queue;
  }

  /** Requests that work. */
  get running(): number {
    return this.#running;
  }

  /** Requests that wait for their turn. */
  get waiting(): number {
    return this.#lanes.waiting;
  }

  /** Seconds after which there is probably room. */
  get retryAfter(): number {
    const seconds = (this.#mean * (this.waiting + 1)) / this.#concurrency / 1000;
    return Math.min(Math.max(1, Math.ceil(seconds)), longestRetryAfter);
  }

  /**
   * Asked before the body of a request is read. `here`: requests that were let in and have no answer yet. Those whose
   * bodies are still coming are among them: they will want a place, and a burst would be let in and read for nothing.
   *
   * @throws {BusyError} The queue is full.
   */
  check(here: number): void {
    if (here >= this.#concurrency + this.#queue) {
      throw new BusyError('ERR_BUSY', `the queue is full: ${here} requests are here`);
    }
  }

  /**
   * Resolves when it is the turn of this request, to the function that ends it.
   *
   * @throws {AbortError} The signal aborted first.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    const leave = await this.#lanes.acquire(1, signal);
    this.#running++;
    const start = performance.now();
    return () => {
      this.#running--;
      this.#mean += weight * (performance.now() - start - this.#mean);
      leave();
    };
  }
}
