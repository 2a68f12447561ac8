import { AbortError } from '../errors.js';
import { untilAborted } from './abort.js';

interface Flight<Result> {
  readonly result: Promise<Result>;
  readonly controller: AbortController;
  waiters: number;
}

/**
 * Work in progress, each piece of it once for all who want it.
 *
 * Nobody leads: the work has a signal of its own, which aborts when the last of those who wait has left. Whoever
 * aborts before leaves the others alone.
 */
export class Coalescer<Result> {
  readonly #coalescer = new Map<string, Flight<Result>>();

  has(key: string): boolean {
    return this.#coalescer.has(key);
  }

  /** Joins the work for `key`, or starts it. Rejects as the work does, or with an `AbortError` once `signal` aborts. */
  async join(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (signal?.aborted) throw new AbortError(signal.reason);
    const flight = this.#coalescer.get(key) ?? this.#start(key, work);
    flight.waiters++;
    try {
      return await untilAborted(flight.result, signal);
    } finally {
      flight.waiters--;
      if (flight.waiters === 0) {
        // Whoever comes now starts anew.
        this.#end(key, flight);
        flight.controller.abort();
      }
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const controller = new AbortController();
    const result = work(controller.signal);
    const flight = { result, controller, waiters: 0 };
    this.#coalescer.set(key, flight);
    // Handled here, too: all may have left by the time it fails.
    result.then(
      () => this.#end(key, flight),
      () => this.#end(key, flight),
    );
    return flight;
  }

  #end(key: string, flight: Flight<Result>): void {
    if (this.#coalescer.get(key) === flight) this.#coalescer.delete(key);
  }
}
