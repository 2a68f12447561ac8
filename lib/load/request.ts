import type { AudioDecoderOptions, DecodeLimits, DecodeOptions } from '../decode/index.js';
import { checkRequest } from '../decode/inner.js';
import { checkLoadOptions, type LengthRule } from './options.js';
import type { LoadOptions } from './types.js';

/** A checked load: the options that shape its result, and those of this call alone. */
export interface LoadRequest {
  readonly decode: DecodeOptions;
  readonly length: LengthRule;
  /** Equal for all requests that give the same result. */
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
  // The timeout and signal of one call must not stop work that other calls wait for.
  const { signal: _, timeout: __, ...decode } = given;
  // The result does not depend on the number of threads.
  const { limits: ___, parallel: ____, ...shaping } = native;
  return { decode, length, key: JSON.stringify([shaping, length]), copy, signal, timeout };
}
