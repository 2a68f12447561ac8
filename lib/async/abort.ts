import { AbortError } from '../errors.js';

/** Work that a signal can cancel. */
export interface Cancellable {
  cancel(): void;
}

/**
 * The running requests of each signal. A service may pass one signal to hundreds of requests. A single listener serves
 * them all, so Node does not warn about a leak, and no listener stays behind.
 */
const requests = new WeakMap<AbortSignal, { readonly waiting: Set<Cancellable>; cancelAll(): void }>();

/** The listener does not use `this`: not every implementation of AbortSignal sets it to the signal. */
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

/** A signal that aborts with another one, until it is released, or on its own. */
export interface FollowingSignal {
  readonly signal: AbortSignal;
  abort(): void;
  release(): void;
}

/**
 * A signal that aborts with another one. For those who leave listeners on the signals that they get: many of them on one
 * signal would be taken for a leak. For those who abort their own parts, too.
 */
export function following(signal: AbortSignal | undefined): FollowingSignal {
  const controller = new AbortController();
  const cancel = (): void => controller.abort(signal?.reason);
  if (signal?.aborted) cancel();
  const release = signal && !signal.aborted ? cancelOnAbort(signal, { cancel }) : () => {};
  return { signal: controller.signal, abort: () => controller.abort(), release };
}

/** Resolves to the value, or rejects with an `AbortError` as soon as the signal aborts. */
export function untilAborted<Value>(value: Value, signal: AbortSignal | undefined): Promise<Awaited<Value>> {
  let release: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    const cancel = (): void => reject(new AbortError(signal?.reason));
    if (signal?.aborted) cancel();
    else release = signal && cancelOnAbort(signal, { cancel });
  });
  return Promise.race([aborted, value]).finally(() => release?.());
}
