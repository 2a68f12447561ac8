import { AbortError } from './errors.js';
import type { NativeCancellation } from './native.js';

/**
 * Requests in flight for each signal. A service may hand one signal to hundreds of them: a single listener
 * serves all, so that Node sees no leak of listeners, and none stays behind.
 */
const requests = new WeakMap<AbortSignal, Set<NativeCancellation>>();

function cancelAll(this: AbortSignal): void {
  for (const cancellation of requests.get(this) ?? []) cancellation.cancel();
}

/** Cancels the request when the signal aborts, until the returned function is called. */
export function cancelOnAbort(signal: AbortSignal, cancellation: NativeCancellation): () => void {
  const waiting = requests.get(signal) ?? new Set();
  if (waiting.size === 0) {
    requests.set(signal, waiting);
    signal.addEventListener('abort', cancelAll);
  }
  waiting.add(cancellation);
  return () => {
    waiting.delete(cancellation);
    if (waiting.size === 0) signal.removeEventListener('abort', cancelAll);
  };
}

/** The value, or an `AbortError` as soon as the signal aborts; after that it is too late for any value. */
export function untilAborted<Value>(value: Value, signal: AbortSignal | undefined): Promise<Awaited<Value>> {
  let release: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    const cancel = (): void => reject(new AbortError(signal?.reason));
    if (signal?.aborted) cancel();
    else release = signal && cancelOnAbort(signal, { cancel });
  });
  return Promise.race([aborted, value]).finally(() => release?.());
}
