import { AbortError } from '../errors.js';
import { cancelOnAbort } from './abort.js';

/** Produces the values of a `Leavable`. */
export interface Steps<Value> {
  /** The next value, or `undefined` at the end. One call at a time, and none after `close`. */
  next(): Promise<Value | undefined>;
  /**
   * Called once: at the end, after a failure, or when the reader leaves, even while `next` is pending. Stops all work,
   * and does not wait for a silent producer.
   */
  close(): Promise<void>;
}

interface Asker<Value> {
  readonly resolve: (result: IteratorResult<Value, void>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * An async iterator that ends at once when its reader leaves: by `return()` (which `break` calls), `await using`, the
 * `cancel()` of a web stream made from it, or the signal. This works while `next()` is pending and before the first
 * step. An async generator cannot do this: its `return()` waits for a pending `next()`, which a silent producer never
 * settles, and before the first step it runs no `finally`.
 *
 * Everything happens on the thread that made it.
 */
export class Leavable<Value> implements AsyncGenerator<Value, void, undefined> {
  readonly #steps: Steps<Value>;
  /** First come, first served. */
  readonly #askers: Asker<Value>[] = [];
  readonly #release: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  /** The error that it ended with, until one caller has received it. */
  #failure: { readonly error: unknown } | undefined;

  constructor(steps: Steps<Value>, signal?: AbortSignal) {
    this.#steps = steps;
    const cancel = (): void => void this.#end({ error: new AbortError(signal?.reason) }).catch(() => {});
    if (signal?.aborted) cancel();
    else this.#release = signal && cancelOnAbort(signal, { cancel });
  }

  next(): Promise<IteratorResult<Value, void>> {
    return new Promise((resolve, reject) => {
      this.#askers.push({ resolve, reject });
      if (this.#closing) void this.#tellEnd(this.#closing);
      else if (this.#askers.length === 1) void this.#run();
    });
  }

  /** Rejects if closing fails, as the `return()` of a generator does. */
  async return(): Promise<IteratorReturnResult<void>> {
    await this.#end();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<never> {
    await this.#end();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #run(): Promise<void> {
    while (this.#askers.length > 0 && !this.#closing) {
      try {
        const value = await this.#steps.next();
        // `#end` has already answered the pending calls.
        if (this.#closing) return;
        if (value === undefined) await this.#end();
        else this.#askers.shift()?.resolve({ done: false, value });
      } catch (error) {
        await this.#end({ error }).catch(() => {});
      }
    }
  }

  #end(failure?: { readonly error: unknown }): Promise<void> {
    if (this.#closing) return this.#closing;
    this.#failure = failure;
    this.#release?.();
    this.#closing = this.#steps.close();
    void this.#tellEnd(this.#closing);
    return this.#closing;
  }

  /** Waits until it is closed: from then on, the caller may change the memory that was read in place. */
  async #tellEnd(closing: Promise<void>): Promise<void> {
    await closing.catch(() => {});
    for (const { resolve, reject } of this.#askers.splice(0)) {
      const failure = this.#failure;
      this.#failure = undefined;
      if (failure) reject(failure.error);
      else resolve({ done: true, value: undefined });
    }
  }
}

/** The same iterator, with other values. */
export function mapped<From, To>(
  source: AsyncGenerator<From, void, undefined>,
  change: (value: From) => To,
): AsyncGenerator<To, void, undefined> {
  const next = async (): Promise<To | undefined> => {
    const { done, value } = await source.next();
    return done ? undefined : change(value);
  };
  return new Leavable({ next, close: async () => void (await source.return()) });
}
