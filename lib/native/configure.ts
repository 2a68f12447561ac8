import { optionsOf, wholeNumber } from '../checks.js';
import { native } from './binding.js';
import { mostThreads } from './threads.js';

/** Settings of the whole process. */
export interface ProcessOptions {
  /**
   * Number of threads that decode, encode and compute features, from 1 to 1024. Default: the environment variable
   * `COCHLEA_THREADS`, or the number of processors that this process may use, within the quota of its container.
   */
  readonly threads?: number | undefined;
}

/**
 * Sets the options that all decoders, loaders and extractors of this process share, including those in
 * `worker_threads`. It can be called at any time, from any thread, and does not disturb running work. The last call
 * counts.
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
