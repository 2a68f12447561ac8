import { optionsOf, typeError } from '../checks.js';
import type { Recorder } from '../openai/inner.js';
import type { AiCallOptions, CochleaAiOptions } from './types.js';

/** What all models of a provider share. */
export interface CallSetting {
  readonly name: string;
  readonly recorder: Recorder;
  readonly concurrency: number;
}

const types = { language: 'string', prompt: 'string', temperature: 'number', translate: 'boolean' } as const;

/** @throws {TypeError} An option is unknown, or of the wrong type: the server would be asked for something else. */
export function ownOptions({ providerOptions }: AiCallOptions): CochleaAiOptions {
  const given = (providerOptions?.cochlea ?? {}) as CochleaAiOptions;
  const options = optionsOf('providerOptions.cochlea', given, Object.keys(types) as (keyof typeof types)[]);
  for (const [name, type] of Object.entries(types)) {
    const value = options[name as keyof typeof types];
    if (value !== undefined && typeof value !== type)
      throw typeError(`providerOptions.cochlea.${name}`, `a ${type}`, value);
  }
  return options;
}
