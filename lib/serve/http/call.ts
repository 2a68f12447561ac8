import type { ServerResponse } from 'node:http';
import { AbortError, LimitError } from '../../errors.js';
import { hangUp, isClosed, onClosed } from './connection.js';

/** Milliseconds for the end of an answer that has begun, once its request was aborted. */
const lingering = 2000;

/**
 * One request, from its headers to the end of its answer. Its signal aborts when the client has gone, when the time is
 * over, or when the service stops. Whoever takes something for the request gives it back in `atEnd`.
 */
export class Call {
  readonly #controller = new AbortController();
  readonly #response: ServerResponse;
  readonly #timeout: number;
  #timer: NodeJS.Timeout;
  readonly #forget: () => void;
  readonly #atEnd: (() => void)[] = [];
  #expired = false;
  #ended = false;

  /** `timeout`: milliseconds. */
  constructor(response: ServerResponse, timeout: number) {
    this.#response = response;
    this.#timeout = timeout;
    this.#timer = setTimeout(() => this.#expire(), timeout);
    const end = () => this.#end();
    // Comes once, whether the answer was sent whole or not.
    response.once('close', end);
    this.#forget = onClosed(response, end);
    // The client has gone while something asynchronous came first, such as `authenticate`.
    if (isClosed(response)) this.#end();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** A part of long work is done: the time for the rest begins anew. */
  renew(): void {
    if (this.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#expire(), this.#timeout);
  }

  /** Whoever does not read what is left of the answer by then would keep its place for ever. */
  abort(): void {
    this.#controller.abort();
    clearTimeout(this.#timer);
    this.#timer = setInterval(() => {
      // Before that the answer is on its way: what was aborted ends soon.
      if (this.#response.headersSent) hangUp(this.#response);
    }, lingering);
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

  #expire(): void {
    this.#expired = true;
    this.abort();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#controller.abort();
    clearTimeout(this.#timer);
    this.#forget();
    for (const run of this.#atEnd.splice(0)) run();
  }
}
