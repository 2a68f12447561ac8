import type { AudioDecoderOptions, DecodeLimits, DecodeOptions } from '../decode/index.js';
import { checkRequest } from '../decode/inner.js';
import { checkLoadOptions, type LengthRule } from './options.js';
import type { LoadOptions } from './types.js';

/** One load, checked: what shapes its result, and what concerns this call alone. */
export interface LoadRequest {
  readonly decode: DecodeOptions;
  readonly length: LengthRule;
  /** The same for all requests with the same result. */
  readonly key: string;
  readonly copy: boolean;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout: number | undefined;
}

/** @throws {TypeError | RangeError} An option is wrong. */
export function checkLoad(
  options: LoadOptions,
  defaults: AudioDecoderOptions,
  limits: DecodeLimits,
  loader: LengthRule,
): LoadRequest {
  const { decode: given, length, copy } = checkLoadOptions(options, loader);
  const { native, signal, timeout } = checkRequest(given, defaults, limits);
  // One call's time and signal are no reason to stop what others wait for.
  const { signal: _, timeout: __, ...decode } = given;
  // However many threads decode, the result is the same.
  const { limits: ___, parallel: ____, ...shaping } = native;
  return { decode, length, key: JSON.stringify([shaping, length]), copy, signal, timeout };
}
