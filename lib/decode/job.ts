import type { NativeCancellation, NativeSource } from '../native/binding.js';
import { runNative } from '../native/job.js';
import type { DecodeRequest } from './options.js';
import type { CheckedSource } from './source/checked_source.js';

/** Opens the source and runs one native job on it, both within the timeout. Then closes the source. */
export async function runJob<Result>(
  source: CheckedSource,
  request: DecodeRequest,
  start: (source: NativeSource, cancellation: NativeCancellation) => Promise<Result>,
  caller: { stack?: string },
): Promise<Result> {
  try {
    return await runNative(
      request,
      async (cancellation, job) => {
        const opened = source.open();
        // A source that is ready is not awaited, so that the native job starts with the call.
        return start(opened instanceof Promise ? await job.unlessStopped(opened) : opened, cancellation);
      },
      caller,
      () => source.failure?.(),
    );
  } finally {
    source.close?.();
  }
}
