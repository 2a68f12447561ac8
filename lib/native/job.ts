import { getSystemErrorName } from 'node:util';
import { cancelOnAbort } from '../async/abort.js';
import { longestTimer } from '../checks.js';
import { multipartKind } from '../error_kinds.js';
import {
  AbortError,
  CochleaError,
  type ErrorCode,
  errorClasses,
  InternalError,
  LimitError,
  type LimitName,
} from '../errors.js';
import { isError } from '../realm.js';
import { type NativeCancellation, type NativeFailure, native } from './binding.js';

/** The signal and the timeout that can stop a call. */
export interface Stop {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds, or `undefined` for none. */
  readonly timeout: number | undefined;
}

/**
 * Surrounds native work: cancels it by the signal and the timeout, and turns its failure into an error of the right
 * class. `caller` holds the stack of the call.
 *
 * The timeout is watched twice. The working thread checks it itself, even while the event loop is busy. The timer here
 * ends work that has no thread yet: a job in the queue, or a blob that is still being read.
 */
export class NativeJob {
  readonly cancellation: NativeCancellation;
  readonly #signal: AbortSignal | undefined;
  readonly #timeout: number | undefined;
  readonly #caller: { stack?: string };
  readonly #release: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #started = 0;
  #expired = false;
  #onStop: (() => void) | undefined;

  constructor({ signal, timeout }: Stop, caller: { stack?: string }) {
    this.#signal = signal;
    this.#timeout = timeout;
    this.#caller = caller;
    this.cancellation = new native.Cancellation(timeout);
    this.#release = signal && cancelOnAbort(signal, { cancel: () => this.#stop() });
    this.startClock();
  }

  /** Starts the timeout anew. */
  startClock(): void {
    this.stopClock();
    if (this.#timeout === undefined || this.#timeout > longestTimer) return;
    this.#started = performance.now();
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#stop();
    }, this.#timeout);
  }

  stopClock(): void {
    clearTimeout(this.#timer);
  }

  /** @throws {AbortError} The signal is aborted. */
  check(): void {
    if (this.#signal?.aborted) throw new AbortError(this.#signal.reason);
  }

  /**
   * Resolves to the value, or rejects as soon as the job is stopped; for work that ignores the cancellation. One at a
   * time.
   */
  async unlessStopped<Value>(value: Promise<Value>): Promise<Value> {
    const stopped = new Promise<never>((_, reject) => {
      this.#onStop = () => reject(this.#stopError());
    });
    try {
      return await Promise.race([stopped, value]);
    } finally {
      this.#onStop = undefined;
    }
  }

  /**
   * Turns the rejection of a native call into the error to throw. `cause` is the error of its input, if there is one.
   */
  error(failure: unknown, cause?: unknown): unknown {
    if (!isFailure(failure)) return failure;
    // The error of the producer says more.
    if (failure.code === 'ERR_AUDIO_SOURCE' && cause instanceof CochleaError) return cause;
    const error = failure.code === 'ABORT_ERR' ? this.#stopError() : typedError(failure, cause);
    return this.#withStack(error);
  }

  end(): void {
    this.stopClock();
    this.#release?.();
  }

  #stop(): void {
    this.cancellation.cancel();
    this.#onStop?.();
  }

  #stopError(): AbortError | LimitError {
    if (!this.#expired || this.#signal?.aborted) return new AbortError(this.#signal?.reason);
    const actual = performance.now() - this.#started;
    return new LimitError('it took longer than the timeout allows', 'timeout', this.#timeout ?? Number.NaN, actual);
  }

  /** Native code and timers have no JavaScript frames: shows the stack of the caller instead. */
  #withStack(error: CochleaError | AbortError): Error {
    const frames = this.#caller.stack?.slice(this.#caller.stack.indexOf('\n') + 1);
    if (frames && error instanceof CochleaError) {
      error.stack = `${error.name} [${error.code}]: ${error.message}\n${frames}`;
    }
    return error;
  }
}

/** Runs one native job from start to end. `cause` returns the error of its input. */
export async function runNative<Result>(
  stop: Stop,
  start: (cancellation: NativeCancellation, job: NativeJob) => Promise<Result>,
  caller: { stack?: string },
  cause?: () => unknown,
): Promise<Result> {
  const job = new NativeJob(stop, caller);
  try {
    job.check();
    return await start(job.cancellation, job);
  } catch (failure) {
    throw job.error(failure, cause?.());
  } finally {
    job.end();
  }
}

function isFailure(value: unknown): value is NativeFailure {
  return typeof value === 'object' && value !== null && !isError(value) && 'code' in value;
}

/** Codes whose classes have no fields of their own. */
type PlainCode = Exclude<
  ErrorCode,
  'ERR_AUDIO_LIMIT' | 'ERR_FETCH_REFUSED' | 'ERR_FETCH_FAILED' | 'ERR_SERVICE_FAILED'
>;

function typedError(failure: NativeFailure, inputFailure: unknown): CochleaError {
  const { code, message } = failure;
  if (code === 'ERR_AUDIO_LIMIT') {
    return new LimitError(message, failure.limit as LimitName, failure.max ?? Number.NaN, failure.actual ?? Number.NaN);
  }
  const Class = errorClasses[code as PlainCode] as typeof CochleaError | undefined;
  if (Class === undefined) return new InternalError('ERR_AUDIO_INTERNAL', message);
  const cause = failure.errno ? systemError(failure.errno, message) : inputFailure;
  const kind = failure.form ? multipartKind : undefined;
  return new Class(code as ErrorCode, message, cause === undefined ? undefined : { cause }, kind);
}

function systemError(errno: number, message: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(message), { code, errno: -errno });
}
