import { cancelOnAbort } from '../async/abort.js';
import { AbortError, ClosedError, LimitError } from '../errors.js';

/** Milliseconds; Node takes more for 1. */
const longestTimer = 2 ** 31 - 1;

/** How long one caller waits for a result that others may wait for, too. */
export class Caller {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #timeout: number | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #closing: AbortSignal;
  readonly #releases: (() => void)[] = [];

  /** @param closing Aborted when nobody is served any more. */
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

  /** Aborted when this caller waits no more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The error that the caller sees for what a load that was given up rejected with. */
  error(error: unknown): unknown {
    if (!(error instanceof AbortError) || !this.signal.aborted) return error;
    if (this.#caller?.aborted) return new AbortError(this.#caller.reason);
    // Not an AbortError, which handlers take for a client that has gone: whoever waits here gets an answer.
    if (this.#closing.aborted) return new ClosedError('ERR_CLOSED', 'the loader was closed');
    const max = this.#timeout ?? Number.NaN;
    return new LimitError(`the load was not done within ${max} ms`, 'timeout', max, max);
  }

  end(): void {
    clearTimeout(this.#timer);
    for (const release of this.#releases) release();
  }
}
