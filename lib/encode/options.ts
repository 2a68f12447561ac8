import { checkSignal, checkTimeout, optionsOf, shown, typeError, word } from '../checks.js';
import { nativeWords } from '../native/binding.js';
import type { Stop } from '../native/job.js';
import type { EncodeFormat, EncodeOptions, EncodeStreamOptions } from './types.js';

/** A request, checked. */
export interface Encoding extends Stop {
  readonly format: EncodeFormat;
  readonly bits: number;
  readonly onClipped: (samples: number) => void;
}

const streamKeys = ['format', 'bitDepth', 'onClipped', 'signal'] as const satisfies (keyof EncodeStreamOptions)[];
const wholeKeys = [...streamKeys, 'timeout'] as const satisfies (keyof EncodeOptions)[];

/** Bit depths of each format; the first is the default. */
const bitDepths = { wav: [32, 24, 16], flac: [16, 24] } as const;

export function checkEncodeOptions(options: EncodeOptions): Encoding {
  const { timeout, ...rest } = optionsOf('options', options, wholeKeys);
  return {
    ...checkStreamOptions(rest as EncodeStreamOptions),
    timeout: timeout === undefined ? undefined : checkTimeout(timeout),
  };
}

export function checkStreamOptions(options: EncodeStreamOptions): Encoding {
  const given = optionsOf('options', options, streamKeys);
  const { bitDepth, onClipped = () => {}, signal } = given;
  word('options.format', given.format, nativeWords.format);
  const format = given.format as EncodeFormat;
  if (typeof onClipped !== 'function') throw typeError('options.onClipped', 'a function', onClipped);
  checkSignal(signal);
  return { format, bits: checkBitDepth(format, bitDepth), onClipped, signal, timeout: undefined };
}

function checkBitDepth(format: EncodeFormat, given: unknown): number {
  const depths: readonly number[] = bitDepths[format];
  const bits = given === undefined ? depths[0] : depths.find((depth) => depth === given);
  if (bits !== undefined) return bits;
  const expected = `${depths.toSorted().join(' or ')} for ${format}`;
  if (typeof given !== 'number') throw typeError('options.bitDepth', expected, given);
  throw new RangeError(`options.bitDepth must be ${expected}, got ${shown(given)}`);
}
