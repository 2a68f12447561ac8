import { AbortError } from '../errors.js';
import { untilAborted } from './abort.js';

interface SharedWork<Result> {
  readonly result: Promise<Result>;
  readonly controller: AbortController;
  callers: number;
}

/**
 * Shares work in progress: callers that want the same result wait for the same work.
 *
 * The work has its own signal, which aborts when the last caller has left. A caller that aborts earlier does not
 * disturb the others.
 */
export class Coalescer<Result> {
  readonly #running = new Map<string, SharedWork<Result>>();

  has(key: string): boolean {
    return this.#running.has(key);
  }

  /** Joins the work for `key`, or starts it. Rejects as the work does, or with an `AbortError` once `signal` aborts. */
  async join(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (signal?.aborted) throw new AbortError(signal.reason);
    const shared = this.#running.get(key) ?? this.#start(key, work);
    shared.callers++;
    try {
      return await untilAborted(shared.result, signal);
    } finally {
      shared.callers--;
      if (shared.callers === 0) {
        // Later callers start new work.
        this.#end(key, shared);
        shared.controller.abort();
      }
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<Result>): SharedWork<Result> {
    const controller = new AbortController();
    const result = work(controller.signal);
    const shared = { result, controller, callers: 0 };
    this.#running.set(key, shared);
    // The rejection is handled here as well: all callers may have left by then.
    result.then(
      () => this.#end(key, shared),
      () => this.#end(key, shared),
    );
    return shared;
  }

  #end(key: string, shared: SharedWork<Result>): void {
    if (this.#running.get(key) === shared) this.#running.delete(key);
  }
}
