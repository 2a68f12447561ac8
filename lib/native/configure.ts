import { optionsOf, wholeNumber } from '../checks.js';
import { native } from './binding.js';
import { mostThreads } from './threads.js';

/** What all of the process shares. */
export interface ProcessOptions {
  /**
   * Threads that decode, encode and compute features, from 1 to 1024. Default: `COCHLEA_THREADS` of the environment, or
   * as many as this process may run at the same time, the quota of its container included.
   */
  readonly threads?: number | undefined;
}

/**
 * Sets what all decoders, loaders and extractors of this process share, workers (`worker_threads`) included. It may be
 * called at any time, from any thread: what runs is not disturbed. The last call counts.
 *
 * @throws {TypeError} An option is of the wrong type, or unknown.
 * @throws {RangeError} An option is out of range.
 * @example
 * configure({ threads: 2 });
 */
export function configure(options: ProcessOptions): void {
  const { threads } = optionsOf('options', options, ['threads']);
  if (threads !== undefined) native.setThreads(wholeNumber('options.threads', threads, 1, mostThreads));
}
