import type { ServerResponse } from 'node:http';
import { AbortError, LimitError } from '../../errors.js';

/**
 * One request, from its headers to the end of its answer. Its signal aborts when the client has gone, when the time is
 * over, or when the service stops. Whoever takes something for the request gives it back in `atEnd`.
 */
export class Call {
  readonly #controller = new AbortController();
  readonly #timeout: number;
  readonly #timer: NodeJS.Timeout;
  readonly #atEnd: (() => void)[] = [];
  #expired = false;
  #ended = false;

  /** `timeout`: milliseconds. */
  constructor(response: ServerResponse, timeout: number) {
    this.#timeout = timeout;
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.abort();
    }, timeout);
    // Comes once, whether the answer was sent whole or not.
    response.once('close', () => this.#end());
    // The client has gone while something asynchronous came first, such as `authenticate`.
    if (response.destroyed) this.#end();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(): void {
    this.#controller.abort();
  }

  /** Runs when the answer was sent or the client has gone; at once if that has happened already. */
  atEnd(run: () => void): void {
    if (this.#ended) run();
    else this.#atEnd.push(run);
  }

  /** The error as the client should know it: work that was stopped because the time was over did not just abort. */
  reason(error: unknown): unknown {
    if (!this.#expired || !(error instanceof AbortError)) return error;
    const message = `the request was not answered within ${this.#timeout} ms`;
    return new LimitError(message, 'timeout', this.#timeout, this.#timeout);
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.abort();
    for (const run of this.#atEnd.splice(0)) run();
  }
}
