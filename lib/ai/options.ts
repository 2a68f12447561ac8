import { optionsOf } from '../checks.js';
import type { Recorder } from '../openai/inner.js';
import type { AiCallOptions, CochleaAiOptions } from './types.js';

/** What all models of a provider share. */
export interface CallSetting {
  readonly name: string;
  readonly recorder: Recorder;
  readonly concurrency: number;
}

/** @throws {TypeError} An option is unknown. */
export function ownOptions({ providerOptions }: AiCallOptions): CochleaAiOptions {
  const given = (providerOptions?.cochlea ?? {}) as CochleaAiOptions;
  return optionsOf('providerOptions.cochlea', given, ['language', 'prompt', 'temperature', 'translate']);
}
