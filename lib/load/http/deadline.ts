import { AbortError } from '../../errors.js';

/**
 * The time that a fetch may take. The clock runs only while the fetch waits for the network, not while the decoder is
 * busy. So the fetch of a large body does not fail because the service is busy.
 */
export class Deadline {
  /** Aborted when the time is up or `cancelled` aborts. It ends all use of the network. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #cancelled: AbortSignal;
  #left: number;

  constructor(milliseconds: number, cancelled: AbortSignal) {
    this.#left = milliseconds;
    this.signal = this.#controller.signal;
    this.#cancelled = cancelled;
    cancelled.addEventListener('abort', this.end, { once: true });
    if (cancelled.aborted) this.end();
  }

  /** Milliseconds. */
  get left(): number {
    return this.#left;
  }

  get isOver(): boolean {
    return this.#left <= 0;
  }

  /** Lets the clock run until the work is done. */
  async spend<Result>(work: Promise<Result>): Promise<Result> {
    const start = performance.now();
    const timer = setTimeout(() => {
      this.#left = 0;
      this.end();
    }, this.#left);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      this.#left = Math.max(0, this.#left - (performance.now() - start));
    }
  }

  /** @throws {AbortError} The load was cancelled, or the time ran out meanwhile. */
  async sleep(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await this.spend(
      new Promise<void>((wake, reject) => {
        const stop = (): void => reject(new AbortError(this.#cancelled.reason));
        if (this.signal.aborted) return stop();
        timer = setTimeout(wake, milliseconds);
        this.signal.addEventListener('abort', stop, { once: true });
      }),
    ).finally(() => clearTimeout(timer));
  }

  /** Ends all use of the network. */
  readonly end = (): void => {
    this.#cancelled.removeEventListener('abort', this.end);
    this.#controller.abort();
  };
}
