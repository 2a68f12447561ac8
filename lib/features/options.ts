import { checkSignal, flag, optionsOf, wholeNumber, word } from '../checks.js';
import type { FeatureSpec } from './spec.js';
import type { ExtractOptions, FeatureExtractorOptions, FeatureProvider } from './types.js';

/** Checked options for making a batch. */
export interface Preparation {
  readonly padding: 'max_length' | 'longest' | 'none';
  readonly truncation: boolean;
  readonly multiple: number;
  readonly normalize: boolean;
  readonly signal: AbortSignal | undefined;
}

const providers: readonly FeatureProvider[] = ['native', 'cuda', 'webgpu', 'cpu'];
const keys = [
  'padding',
  'truncation',
  'padToMultipleOf',
  'doNormalize',
  'signal',
] as const satisfies (keyof ExtractOptions)[];

export function checkExtractOptions(options: ExtractOptions, spec: FeatureSpec): Preparation {
  const given = optionsOf('options', options, keys);
  const { padding = 'max_length', truncation = false, padToMultipleOf = 1, doNormalize = false, signal } = given;
  word('options.padding', padding, ['max_length', 'longest', 'none']);
  wholeNumber('options.padToMultipleOf', padToMultipleOf, 1, spec.chunkLength);
  checkSignal(signal);
  return {
    padding,
    truncation: flag('options.truncation', truncation),
    multiple: padToMultipleOf,
    normalize: flag('options.doNormalize', doNormalize),
    signal,
  };
}

export function checkProvider(options: FeatureExtractorOptions): { provider: FeatureProvider; deviceId: number } {
  const { provider = 'native', deviceId = 0 } = options;
  word('options.provider', provider, providers);
  wholeNumber('options.deviceId', deviceId, 0, provider === 'cuda' ? 255 : 0);
  return { provider, deviceId };
}
