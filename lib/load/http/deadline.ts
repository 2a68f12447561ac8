import { AbortError } from '../../errors.js';

/**
 * The time that a fetch may take. Its clock runs only while the network is waited for, not while the decoder is
 * busy with what has come: so a busy service does not fail the fetch of a large body.
 */
export class Deadline {
  /** Aborted when the time is up, and when `cancelled` is, to end whatever uses the network. */
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

  /** Lets the clock run until the work on the network is done. */
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

  /** Nothing uses the network any more. */
  readonly end = (): void => {
    this.#cancelled.removeEventListener('abort', this.end);
    this.#controller.abort();
  };
}
