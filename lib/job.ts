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
import { isError } from './realm.js';

/** What stops a call before its end. */
export interface Stop {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds, or `undefined` for none. */
  readonly timeout: number | undefined;
}

/**
 * What native work needs around it: the signal tied to it, and a failure turned into an error of its class.
 * `caller` holds the stack of the call that asked for it.
 */
export class NativeJob {
  readonly cancellation: NativeCancellation;
  readonly #signal: AbortSignal | undefined;
  readonly #caller: { stack?: string };
  readonly #release: (() => void) | undefined;

  constructor({ signal, timeout }: Stop, caller: { stack?: string }) {
    this.#signal = signal;
    this.#caller = caller;
    this.cancellation = new native.Cancellation(timeout);
    this.#release = signal && cancelOnAbort(signal, this.cancellation);
  }

  /** @throws {AbortError} The signal is aborted. */
  check(): void {
    if (this.#signal?.aborted) throw new AbortError(this.#signal.reason);
  }

  /** The error to throw for what a native call rejected with; `cause` is what its input failed with, if it did. */
  error(failure: unknown, cause?: unknown): unknown {
    if (!isFailure(failure)) return failure;
    if (failure.code === 'ABORT_ERR') return new AbortError(this.#signal?.reason);
    const error = typedError(failure, cause);
    // The native half has no JavaScript frames: show where the caller stood instead.
    const frames = this.#caller.stack?.slice(this.#caller.stack.indexOf('\n') + 1);
    if (frames) error.stack = `${error.name} [${error.code}]: ${error.message}\n${frames}`;
    return error;
  }

  end(): void {
    this.#release?.();
  }
}

/** Runs one native job from start to end. `cause` tells what its input failed with. */
export async function runNative<Result>(
  stop: Stop,
  start: (cancellation: NativeCancellation) => Promise<Result>,
  caller: { stack?: string },
  cause?: () => unknown,
): Promise<Result> {
  const job = new NativeJob(stop, caller);
  try {
    job.check();
    return await start(job.cancellation);
  } catch (failure) {
    throw job.error(failure, cause?.());
  } finally {
    job.end();
  }
}

function isFailure(value: unknown): value is NativeFailure {
  return typeof value === 'object' && value !== null && !isError(value) && 'code' in value;
}

/** Codes whose classes hold nothing but what all errors do. */
type PlainCode = Exclude<ErrorCode, 'ERR_AUDIO_LIMIT' | 'ERR_FETCH_REFUSED' | 'ERR_FETCH_FAILED'>;

function typedError(failure: NativeFailure, inputFailure: unknown): CochleaError {
  const { code, message } = failure;
  if (code === 'ERR_AUDIO_LIMIT') {
    return new LimitError(message, failure.limit as LimitName, failure.max ?? Number.NaN, failure.actual ?? Number.NaN);
  }
  const Class = errorClasses[code as PlainCode] as typeof CochleaError | undefined;
  if (Class === undefined) return new InternalError('ERR_AUDIO_INTERNAL', message);
  const cause = failure.errno ? systemError(failure.errno, message) : inputFailure;
  return new Class(code as ErrorCode, message, cause === undefined ? undefined : { cause });
}

function systemError(errno: number, message: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(message), { code, errno: -errno });
}
