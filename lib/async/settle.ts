import { AbortError } from '../errors.js';
import { untilAborted } from './abort.js';
import { Semaphore } from './semaphore.js';

/** An item that is ready to run, and the bytes that it holds until it has settled. */
export interface Task<Result> {
  readonly bytes: number;
  run(): Promise<Result>;
}

export interface Bounds {
  /** Maximum number of items in progress. */
  readonly concurrency: number;
  /** Bytes that all running items may hold together. An item that needs more runs alone. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Prepares and runs each item, and reports all outcomes in the order of the items. It takes the next item when an
 * earlier one has settled, and runs it when there is room for its bytes. Bytes are whole numbers, so no rounding error
 * remains when they are given back.
 *
 * Rejects if `items` itself fails, and with an `AbortError` once the signal aborts. By then it takes no further item,
 * and all running items have settled.
 */
export async function settleAll<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  { concurrency, maxBytes, signal }: Bounds,
  prepare: (item: Item) => Promise<Task<Result>>,
): Promise<PromiseSettledResult<Result>[]> {
  const lanes = new Semaphore(concurrency);
  const room = new Semaphore(maxBytes);
  const outcomes: Promise<PromiseSettledResult<Result>>[] = [];

  async function outcome(item: Item, leave: () => void): Promise<PromiseSettledResult<Result>> {
    try {
      const task = await prepare(item);
      const release = await room.acquire(task.bytes);
      return { status: 'fulfilled', value: await task.run().finally(release) };
    } catch (reason) {
      return { status: 'rejected', reason };
    } finally {
      leave();
    }
  }

  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  try {
    for (;;) {
      const leave = await lanes.acquire(1);
      if (signal?.aborted) throw new AbortError(signal.reason);
      const next = await untilAborted(iterator.next(), signal);
      if (next.done) break;
      outcomes.push(outcome(next.value, leave));
    }
  } catch (error) {
    close(iterator);
    await Promise.all(outcomes);
    throw error;
  }
  const settled = await Promise.all(outcomes);
  if (signal?.aborted) throw new AbortError(signal.reason);
  return settled;
}

/** The caller does not wait for this: a source that hangs in `next` would never answer. */
async function close(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // The call rejects with what came first.
  }
}
