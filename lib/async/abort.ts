import { AbortError } from '../errors.js';

/** What a signal ends. */
export interface Cancellable {
  cancel(): void;
}

/**
 * Requests in flight for each signal. A service may hand one signal to hundreds of them: a single listener
 * serves all, so that Node sees no leak of listeners, and none stays behind.
 */
const requests = new WeakMap<AbortSignal, { readonly waiting: Set<Cancellable>; cancelAll(): void }>();

/** Its listener does not ask for `this`, which is not the signal in every implementation of one. */
function requestsOf(signal: AbortSignal) {
  const known = requests.get(signal);
  if (known) return known;
  const waiting = new Set<Cancellable>();
  const cancelAll = (): void => {
    for (const cancellation of waiting) cancellation.cancel();
  };
  requests.set(signal, { waiting, cancelAll });
  return { waiting, cancelAll };
}

/** Cancels the request when the signal aborts, until the returned function is called. */
export function cancelOnAbort(signal: AbortSignal, cancellation: Cancellable): () => void {
  const { waiting, cancelAll } = requestsOf(signal);
  if (waiting.size === 0) signal.addEventListener('abort', cancelAll);
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
