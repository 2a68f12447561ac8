import { getSystemErrorName } from 'node:util';
import { cancelOnAbort } from './abort.js';
import {
  AbortError,
  type CochleaError,
  type ErrorCode,
  errorClasses,
  InternalError,
  LimitError,
  type LimitName,
} from './errors.js';
import { type NativeCancellation, type NativeFailure, native } from './native.js';

/** What stops a call before its end. */
export interface Stop {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds, or `undefined` for none. */
  readonly timeout: number | undefined;
}

/**
 * Runs one native job: ties the signal to it, turns a failure into an error of its class. `stack` is that of
 * the caller, taken when the call was made.
 */
export async function runNative<Result>(
  stop: Stop,
  start: (cancellation: NativeCancellation) => Promise<Result>,
  caller: { stack?: string },
): Promise<Result> {
  const { signal } = stop;
  if (signal?.aborted) throw new AbortError(signal.reason);
  const cancellation = new native.Cancellation(stop.timeout);
  const release = signal && cancelOnAbort(signal, cancellation);
  try {
    return await start(cancellation);
  } catch (failure) {
    throw isFailure(failure) ? toError(failure, signal, caller) : failure;
  } finally {
    release?.();
  }
}

function isFailure(value: unknown): value is NativeFailure {
  return typeof value === 'object' && value !== null && !(value instanceof Error) && 'code' in value;
}

function toError(failure: NativeFailure, signal: AbortSignal | undefined, caller: { stack?: string }): Error {
  if (failure.code === 'ABORT_ERR') return new AbortError(signal?.reason);
  const error = typedError(failure);
  // The native half has no JavaScript frames: show where the caller stood instead.
  const frames = caller.stack?.slice(caller.stack.indexOf('\n') + 1);
  if (frames) error.stack = `${error.name} [${error.code}]: ${error.message}\n${frames}`;
  return error;
}

function typedError(failure: NativeFailure): CochleaError {
  const { code, message } = failure;
  if (code === 'ERR_AUDIO_LIMIT') {
    return new LimitError(message, failure.limit as LimitName, failure.max ?? Number.NaN, failure.actual ?? Number.NaN);
  }
  const Class = errorClasses[code as Exclude<ErrorCode, 'ERR_AUDIO_LIMIT'>];
  if (Class === undefined) return new InternalError('ERR_AUDIO_INTERNAL', message);
  return new Class(
    code as ErrorCode,
    message,
    failure.errno ? { cause: systemError(failure.errno, message) } : undefined,
  );
}

function systemError(errno: number, message: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(message), { code, errno: -errno });
}
