import type { Command } from 'commander';
import type { AudioDecoderOptions } from '../index.js';
import { OutputPlanError } from './output/output_plan.js';
import type { Progress } from './progress.js';
import { type AddressFlags, Sources } from './sources.js';

/** Reports wrong options as a usage error. */
export function orUsageError<Result>(command: Command, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    return usageError(command, error);
  }
}

/** The same for a caught error. */
export function usageError(command: Command, error: unknown): never {
  const usage = error instanceof OutputPlanError || error instanceof TypeError || error instanceof RangeError;
  if (usage) command.error(`error: ${error.message}`);
  throw error;
}

/** Creates the sources of a command. */
export function sourcesFor(
  command: Command,
  options: AudioDecoderOptions,
  flags: AddressFlags,
  progress: Progress,
): Sources {
  try {
    return orUsageError(command, () => new Sources(options, flags, (each) => progress.received(each)));
  } catch (error) {
    progress.stop();
    throw error;
  }
}
