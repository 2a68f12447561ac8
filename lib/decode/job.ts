import { runNative } from '../job.js';
import type { NativeCancellation } from '../native.js';
import type { Request } from './options.js';
import type { NativeSource } from './source.js';

/** Waits for the source, then runs one native job on it; both within the timeout. */
export function runJob<Result>(
  source: NativeSource | (() => Promise<NativeSource>),
  request: Request,
  start: (source: NativeSource, cancellation: NativeCancellation) => Promise<Result>,
  caller: { stack?: string },
): Promise<Result> {
  return runNative(
    request,
    async (cancellation) => start(typeof source === 'function' ? await source() : source, cancellation),
    caller,
  );
}
