import { checkSignal, checkTimeout, optionsOf, shown, typeError, wholeNumber, word } from '../checks.js';
import { nativeWords } from '../native/binding.js';
import type { Stop } from '../native/job.js';
import { formats } from './formats.js';
import type { EncodeFormat, EncodeOptions, EncodeStreamOptions } from './types.js';

/** A request, checked. */
export interface Encoding extends Stop {
  readonly format: EncodeFormat;
  /** 0 for formats without a bit depth. */
  readonly bits: number;
  /** For a number of channels, bits per second; 0 for formats without a bit rate. */
  readonly bitRate: (channels: number) => number;
  readonly onClipped: (samples: number) => void;
}

const streamKeys = [
  'format',
  'bitDepth',
  'bitRate',
  'onClipped',
  'signal',
] as const satisfies (keyof EncodeStreamOptions)[];
const wholeKeys = [...streamKeys, 'timeout'] as const satisfies (keyof EncodeOptions)[];

export function checkEncodeOptions(options: EncodeOptions): Encoding {
  const { timeout, ...rest } = optionsOf('options', options, wholeKeys);
  return {
    ...checkStreamOptions(rest as EncodeStreamOptions),
    timeout: timeout === undefined ? undefined : checkTimeout(timeout),
  };
}

export function checkStreamOptions(options: EncodeStreamOptions): Encoding {
  const given = optionsOf('options', options, streamKeys);
  const { bitDepth, bitRate, onClipped = () => {}, signal } = given;
  word('options.format', given.format, nativeWords.format);
  const format = given.format as EncodeFormat;
  if (typeof onClipped !== 'function') throw typeError('options.onClipped', 'a function', onClipped);
  checkSignal(signal);
  const bits = checkBitDepth(format, bitDepth);
  return { format, bits, bitRate: checkBitRate(format, bitRate), onClipped, signal, timeout: undefined };
}

function checkBitDepth(format: EncodeFormat, given: unknown): number {
  const depths = formats[format].bitDepths;
  if (depths === undefined) return absent('bitDepth', 'bitRate', format, given) ?? 0;
  const bits = given === undefined ? depths[0] : depths.find((depth) => depth === given);
  if (bits !== undefined) return bits;
  const expected = `${depths.toSorted().join(' or ')} for ${format}`;
  if (typeof given !== 'number') throw typeError('options.bitDepth', expected, given);
  throw new RangeError(`options.bitDepth must be ${expected}, got ${shown(given)}`);
}

function checkBitRate(format: EncodeFormat, given: unknown): Encoding['bitRate'] {
  const rates = formats[format].bitRates;
  if (rates === undefined) {
    absent('bitRate', 'bitDepth', format, given);
    return () => 0;
  }
  if (given === undefined) return (channels) => channels * rates.perChannel;
  const bitRate = wholeNumber('options.bitRate', given, rates.least, rates.most);
  return () => bitRate;
}

function absent(name: string, instead: string, format: EncodeFormat, given: unknown): undefined {
  if (given === undefined) return undefined;
  throw new RangeError(`options.${name} must be left out for ${format}, which has ${instead}, got ${shown(given)}`);
}
