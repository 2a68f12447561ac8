import { untilAborted } from '../abort.js';

/**
 * The values of a source, as `for await` takes them, until the signal aborts: then it throws an `AbortError` at
 * once, also while the source is silent.
 */
export async function* iterate<Value>(
  source: AsyncIterable<Value> | Iterable<Value>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Value, void, undefined> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  // Whether the source, having neither ended nor failed, is to be told when nobody wants more of it.
  let open = true;
  try {
    while (true) {
      const next = await untilAborted(iterator.next(), signal).catch((error) => {
        open = signal?.aborted === true;
        throw error;
      });
      open = !next.done;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    if (open) {
      const closed = Promise.resolve(iterator.return?.());
      // A silent source closes only when it speaks again.
      if (signal?.aborted) closed.catch(() => {});
      else await closed;
    }
  }
}
