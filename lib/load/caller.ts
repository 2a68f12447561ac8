import { cancelOnAbort } from '../async/abort.js';
import { longestTimer } from '../checks.js';
import { AbortError, ClosedError, LimitError } from '../errors.js';

/** The timeout and signal of one caller, whose result may be shared with other callers. */
export class Caller {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #timeout: number | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #closing: AbortSignal;
  readonly #releases: (() => void)[] = [];

  /** @param closing Aborted when the loader is closed. */
  constructor(caller: AbortSignal | undefined, closing: AbortSignal, timeout: number | undefined) {
    this.#caller = caller;
    this.#closing = closing;
    this.#timeout = timeout;
    const cancel = (): void => this.#controller.abort();
    if (timeout !== undefined) this.#timer = setTimeout(cancel, Math.min(timeout, longestTimer));
    for (const signal of [caller, closing]) {
      if (signal?.aborted) cancel();
      else if (signal) this.#releases.push(cancelOnAbort(signal, { cancel }));
    }
  }

  /** Aborted when this caller stops waiting. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The error for the caller, from the error of its load. */
  error(error: unknown): unknown {
    if (!(error instanceof AbortError) || !this.signal.aborted) return error;
    if (this.#caller?.aborted) return new AbortError(this.#caller.reason);
    // Not an AbortError: handlers would take that for a client that has left, and send no answer.
    if (this.#closing.aborted) return new ClosedError('ERR_CLOSED', 'the loader was closed');
    const max = this.#timeout ?? Number.NaN;
    return new LimitError(`the load was not done within ${max} ms`, 'timeout', max, max);
  }

  end(): void {
    clearTimeout(this.#timer);
    for (const release of this.#releases) release();
  }
}
