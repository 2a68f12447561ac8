import { type NativeOptions, nativeWords } from '../native.js';
import { type DecodeLimits, defaultLimits } from './limits.js';
import type { AudioDecoderOptions, DecodeOptions, RawCodec, RawFormat } from './types.js';

/**
 * Checks of everything a caller passes. Wrong types throw `TypeError`, values out of range
 * `RangeError`, both at the call: naming the option, what is expected, and what was given.
 */

const rawCodecs: readonly RawCodec[] = [
  'pcm_alaw',
  'pcm_f32be',
  'pcm_f32le',
  'pcm_f64be',
  'pcm_f64le',
  'pcm_mulaw',
  'pcm_s16be',
  'pcm_s16le',
  'pcm_s24be',
  'pcm_s24le',
  'pcm_s32be',
  'pcm_s32le',
  'pcm_s8',
  'pcm_u16be',
  'pcm_u16le',
  'pcm_u24be',
  'pcm_u24le',
  'pcm_u32be',
  'pcm_u32le',
  'pcm_u8',
];

const requestKeys = [
  'sampleRate',
  'channels',
  'downmix',
  'quality',
  'stream',
  'onDamage',
  'nonFinite',
  'tail',
  'raw',
  'signal',
  'timeout',
] as const satisfies readonly (keyof DecodeOptions)[];
const decoderKeys = [...requestKeys.filter((key) => key !== 'signal'), 'limits'];
const limitKeys = Object.keys(defaultLimits);

const lowestOutputRate = 1000;
const highestOutputRate = 768_000;

/** A value, as error messages show it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return `an instance of ${value.constructor?.name ?? 'Object'}`;
  return String(value);
}

export function typeError(name: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${expected}, got ${shown(value)}`);
}

export function checkKeys(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throw typeError(name, 'an object', value);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw new TypeError(`${name}.${key} is not an option; there are: ${known.join(', ')}`);
  }
}

export function wholeNumber(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number') throw typeError(name, 'a number', value);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, got ${value}`);
  }
  return value;
}

function word(name: string, value: unknown, words: readonly string[]): number {
  const index = words.indexOf(value as string);
  if (index < 0) throw typeError(name, words.map((each) => `'${each}'`).join(' or '), value);
  return index;
}

function checkRaw(raw: RawFormat): RawFormat {
  checkKeys('options.raw', raw, ['codec', 'sampleRate', 'channels']);
  word('options.raw.codec', raw.codec, rawCodecs);
  wholeNumber('options.raw.sampleRate', raw.sampleRate, 1, highestOutputRate);
  wholeNumber('options.raw.channels', raw.channels, 1, 64);
  return raw;
}

function checkTimeout(value: number): number {
  if (typeof value !== 'number') throw typeError('options.timeout', 'a number of milliseconds', value);
  if (!(value > 0)) throw new RangeError(`options.timeout must be more than 0 milliseconds, got ${value}`);
  return value;
}

export function positive(name: string, value: unknown): number {
  if (typeof value !== 'number') throw typeError(name, 'a number', value);
  if (!(value > 0)) throw new RangeError(`${name} must be more than 0 (Infinity lifts the limit), got ${value}`);
  return value;
}

/** A length of time: finite, and at least `min` seconds. */
export function secondsOption(name: string, value: unknown, min: number): number {
  if (typeof value !== 'number') throw typeError(name, 'a number of seconds', value);
  if (!Number.isFinite(value) || value < min) {
    throw new RangeError(`${name} must be a number of seconds, ${min} or more, got ${value}`);
  }
  return value;
}

/** Fills in the defaults and checks each limit. */
export function checkLimits(given: Partial<DecodeLimits> = {}): DecodeLimits {
  checkKeys('options.limits', given, limitKeys);
  const limits = { ...defaultLimits, ...withoutUndefined(given) };
  const range: unknown = limits.sampleRate;
  if (!Array.isArray(range) || range.length !== 2)
    throw typeError('options.limits.sampleRate', '[min, max] in Hz', range);
  const [min, max] = limits.sampleRate;
  positive('options.limits.sampleRate[0]', min);
  positive('options.limits.sampleRate[1]', max);
  if (min > max) throw new RangeError(`options.limits.sampleRate must be [min, max], got [${min}, ${max}]`);
  return {
    inputBytes: positive('options.limits.inputBytes', limits.inputBytes),
    seconds: positive('options.limits.seconds', limits.seconds),
    decodedBytes: positive('options.limits.decodedBytes', limits.decodedBytes),
    channels: positive('options.limits.channels', limits.channels),
    sampleRate: Object.freeze([min, max] as const),
  };
}

/** A request, checked: what the addon takes, and what concerns the call. */
export interface Request {
  readonly native: NativeOptions;
  readonly limits: DecodeLimits;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds, or `undefined` for none. */
  readonly timeout: number | undefined;
}

/** Checks the options that a decoder is made with. */
export function checkDecoderOptions(options: AudioDecoderOptions): void {
  checkKeys('options', options, decoderKeys);
  const { limits, ...request } = options;
  checkRequest(request, {}, checkLimits(limits));
}

/** Checks the options of one request and joins them with those of its decoder. */
export function checkRequest(given: DecodeOptions, defaults: AudioDecoderOptions, limits: DecodeLimits): Request {
  checkKeys('options', given, requestKeys);
  const options = { ...defaults, ...withoutUndefined(given) };
  const { signal, raw, channels = 1 } = options;
  const { downmix = 'mean', quality = 'HQ', onDamage = 'conceal', nonFinite = 'error', tail = 'decoded' } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw typeError('options.signal', 'an AbortSignal', signal);
  }
  if (channels !== 'native' && channels !== 1 && channels !== 2) {
    throw typeError('options.channels', "1, 2 or 'native'", channels);
  }
  return {
    native: {
      sampleRate:
        options.sampleRate === undefined
          ? 0
          : wholeNumber('options.sampleRate', options.sampleRate, lowestOutputRate, highestOutputRate),
      channels: channels === 'native' ? 0 : channels,
      downmix: word('options.downmix', downmix, nativeWords.downmix),
      quality: word('options.quality', quality, nativeWords.quality),
      stream: options.stream === undefined ? -1 : wholeNumber('options.stream', options.stream, 0, 1000),
      onDamage: word('options.onDamage', onDamage, nativeWords.onDamage),
      nonFinite: word('options.nonFinite', nonFinite, nativeWords.nonFinite),
      tail: word('options.tail', tail, nativeWords.tail),
      limits: {
        inputBytes: limits.inputBytes,
        seconds: limits.seconds,
        decodedBytes: limits.decodedBytes,
        channels: limits.channels,
        minSampleRate: limits.sampleRate[0],
        maxSampleRate: limits.sampleRate[1],
      },
      ...(raw === undefined ? {} : { raw: checkRaw(raw) }),
    },
    limits,
    signal,
    timeout: shorter(given.timeout, defaults.timeout),
  };
}

function withoutUndefined<Options extends object>(options: Options): Partial<Options> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<Options>;
}

/** A request may tighten the timeout of its decoder, not lift it. */
function shorter(request: number | undefined, decoder: number | undefined): number | undefined {
  const given = [request, decoder].filter((each) => each !== undefined).map(checkTimeout);
  return given.length === 0 ? undefined : Math.min(...given);
}
