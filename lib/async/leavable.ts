import { AbortError } from '../errors.js';
import { cancelOnAbort } from './abort.js';

/** How the values of a `Leavable` come to be. */
export interface Steps<Value> {
  /** The next value, or `undefined` at the end. One call at a time, and none after `close`. */
  next(): Promise<Value | undefined>;
  /**
   * Called once: at the end, after a failure, or when nobody wants more, even while `next` is pending. Stops all that
   * was begun, and does not wait for a producer that is silent.
   */
  close(): Promise<void>;
}

interface Asker<Value> {
  readonly resolve: (result: IteratorResult<Value, void>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * An async iterator that is left at once: by `return()` (what `break` calls), `await using`, the `cancel()` of a web
 * stream made of it, or the signal, also while its next value is waited for, and before its first step. Of an async
 * generator, `return()` stands in line behind `next()`, which a silent producer never settles; and one that was not
 * begun runs no `finally`.
 *
 * Everything happens on the thread that made it.
 */
export class Leavable<Value> implements AsyncGenerator<Value, void, undefined> {
  readonly #steps: Steps<Value>;
  /** First come, first served. */
  readonly #askers: Asker<Value>[] = [];
  readonly #release: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  /** What it ended with, until somebody was told. */
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

  /** Rejects with what closing failed with, as that of a generator does. */
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
        // Whoever left meanwhile has answered those who asked.
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

  /** Once it is closed, so that what was read in place is the caller's again. */
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
