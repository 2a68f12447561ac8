import { getSystemErrorName } from 'node:util';
import {
  AbortError,
  type CochleaError,
  type ErrorCode,
  errorClasses,
  InternalError,
  LimitError,
  type LimitName,
} from '../errors.js';
import { type NativeCancellation, type NativeFailure, type NativeSource, native } from '../native.js';
import { cancelOnAbort } from './abort.js';
import type { Request } from './options.js';
import type { CheckedSource } from './source.js';

/**
 * What a native job needs around it: its source opened and closed, the signal tied to it, and a failure turned into
 * an error of its class. `caller` holds the stack of the call that asked for it.
 */
export class NativeJob {
  readonly cancellation: NativeCancellation;
  readonly #source: CheckedSource;
  readonly #signal: AbortSignal | undefined;
  readonly #caller: { stack?: string };
  readonly #release: (() => void) | undefined;

  /** @throws {AbortError} The signal is aborted already. */
  constructor(source: CheckedSource, request: Request, timeout: number | undefined, caller: { stack?: string }) {
    const { signal } = request;
    if (signal?.aborted) {
      source.close?.();
      throw new AbortError(signal.reason);
    }
    this.#source = source;
    this.#signal = signal;
    this.#caller = caller;
    this.cancellation = new native.Cancellation(timeout);
    this.#release = signal && cancelOnAbort(signal, this.cancellation);
  }

  /** Makes the source ready. What is ready is given at once, so that the native job starts with the call. */
  open(): NativeSource | Promise<NativeSource> {
    return this.#source.open();
  }

  /** @throws {AbortError} The signal is aborted. */
  check(): void {
    if (this.#signal?.aborted) throw new AbortError(this.#signal.reason);
  }

  /** The error to throw for what a native call rejected with. */
  error(failure: unknown): unknown {
    if (!isFailure(failure)) return failure;
    if (failure.code === 'ABORT_ERR') return new AbortError(this.#signal?.reason);
    const error = typedError(failure, this.#source.failure?.());
    // The native half has no JavaScript frames: show where the caller stood instead.
    const frames = this.#caller.stack?.slice(this.#caller.stack.indexOf('\n') + 1);
    if (frames) error.stack = `${error.name} [${error.code}]: ${error.message}\n${frames}`;
    return error;
  }

  end(): void {
    this.#release?.();
    this.#source.close?.();
  }
}

/** Runs one native job from start to end. */
export async function runJob<Result>(
  source: CheckedSource,
  request: Request,
  start: (source: NativeSource, cancellation: NativeCancellation) => Promise<Result>,
  caller: { stack?: string },
): Promise<Result> {
  const job = new NativeJob(source, request, request.timeout, caller);
  try {
    const opened = job.open();
    return await start(opened instanceof Promise ? await opened : opened, job.cancellation);
  } catch (failure) {
    throw job.error(failure);
  } finally {
    job.end();
  }
}

function isFailure(value: unknown): value is NativeFailure {
  return typeof value === 'object' && value !== null && !(value instanceof Error) && 'code' in value;
}

function typedError(failure: NativeFailure, producerFailure: unknown): CochleaError {
  const { code, message } = failure;
  if (code === 'ERR_AUDIO_LIMIT') {
    return new LimitError(message, failure.limit as LimitName, failure.max ?? Number.NaN, failure.actual ?? Number.NaN);
  }
  const Class = errorClasses[code as Exclude<ErrorCode, 'ERR_AUDIO_LIMIT'>];
  if (Class === undefined) return new InternalError('ERR_AUDIO_INTERNAL', message);
  const cause = failure.errno ? systemError(failure.errno, message) : producerFailure;
  return new Class(code as ErrorCode, message, cause === undefined ? undefined : { cause });
}

function systemError(errno: number, message: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(message), { code, errno: -errno });
}
