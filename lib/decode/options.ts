import {
  checkSignal,
  checkTimeout,
  highestRate,
  lowestRate,
  optionsOf,
  typeError,
  wholeNumber,
  word,
} from '../checks.js';
import { type NativeOptions, nativeWords } from '../native/binding.js';
import type { Stop } from '../native/job.js';
import { type DecodeLimits, defaultLimits } from './limits.js';
import type { AudioDecoderOptions, DecodeOptions, RawCodec, RawFormat, StreamOptions } from './types.js';

/**
 * Checks of all options. A wrong type throws a `TypeError`, a value out of range a `RangeError`, both at the call. The
 * message names the option, the expected value, and the given value.
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

export const requestKeys = [
  'sampleRate',
  'channels',
  'downmix',
  'quality',
  'stream',
  'onDamage',
  'nonFinite',
  'tail',
  'start',
  'end',
  'parallel',
  'raw',
  'signal',
  'timeout',
] as const satisfies readonly (keyof DecodeOptions)[];
export const decoderKeys = [...requestKeys.filter((key) => key !== 'signal'), 'limits'];
const limitKeys = Object.keys(defaultLimits);

/** The longest chunk: for longer ones, there is `decode`. */
const longestChunkSeconds = 86_400;

function checkRaw(raw: RawFormat): RawFormat {
  const given = optionsOf('options.raw', raw, ['codec', 'sampleRate', 'channels']);
  word('options.raw.codec', given.codec, rawCodecs);
  wholeNumber('options.raw.sampleRate', given.sampleRate, 1, highestRate);
  wholeNumber('options.raw.channels', given.channels, 1, 64);
  return given as RawFormat;
}

/** Three centuries. Beyond this, a number cannot hold each frame position at 768 kHz exactly. */
const longestSeconds = 1e10;

function checkRange(start: number | undefined = 0, end: number | undefined = Number.POSITIVE_INFINITY) {
  if (typeof start !== 'number') throw typeError('options.start', 'a number of seconds', start);
  if (typeof end !== 'number') throw typeError('options.end', 'a number of seconds', end);
  if (!(Math.abs(start) <= longestSeconds)) {
    throw new RangeError(`options.start must be seconds from the start, or negative from the end, got ${start}`);
  }
  if (start < 0 && end !== Number.POSITIVE_INFINITY) {
    throw new RangeError('options.end cannot be combined with a negative start, which runs to the end of the audio');
  }
  if (!(end > start)) throw new RangeError(`options.end must be more than options.start (${start}), got ${end}`);
  return { start, end: end > longestSeconds ? Number.POSITIVE_INFINITY : end };
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
  const limits = { ...defaultLimits, ...optionsOf('options.limits', given, limitKeys) };
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
    streams: positive('options.limits.streams', limits.streams),
    sampleRate: Object.freeze([min, max] as const),
  };
}

/** A checked request: the options for the addon, and those of the call itself. */
export interface DecodeRequest extends Stop {
  readonly native: NativeOptions;
  readonly limits: DecodeLimits;
}

/** Checks the options that a decoder is made with: its limits, and the defaults of its requests. */
export function checkDecoderOptions(options: AudioDecoderOptions): {
  limits: DecodeLimits;
  defaults: Omit<AudioDecoderOptions, 'limits'>;
} {
  const { limits: given, ...defaults } = optionsOf('options', options, decoderKeys);
  const limits = checkLimits(given);
  checkRequest(defaults, {}, limits);
  return { limits, defaults };
}

/** Checks the options of one request and joins them with those of its decoder. */
export function checkRequest(own: DecodeOptions, defaults: AudioDecoderOptions, limits: DecodeLimits): DecodeRequest {
  const given = optionsOf('options', own, requestKeys);
  const options: DecodeOptions = Object.assign(Object.create(null), defaults, given);
  const { signal, raw, channels = 1 } = options;
  const { downmix = 'mean', quality = 'HQ', onDamage = 'conceal', nonFinite = 'error' } = options;
  const { tail = 'decoded', parallel = 'auto' } = options;
  checkSignal(signal);
  if (channels !== 'native' && channels !== 1 && channels !== 2) {
    throw typeError('options.channels', "1, 2 or 'native'", channels);
  }
  return {
    native: {
      sampleRate:
        options.sampleRate === undefined
          ? 0
          : wholeNumber('options.sampleRate', options.sampleRate, lowestRate, highestRate),
      channels: channels === 'native' ? 0 : channels,
      downmix: word('options.downmix', downmix, nativeWords.downmix),
      quality: word('options.quality', quality, nativeWords.quality),
      stream: options.stream === undefined ? -1 : wholeNumber('options.stream', options.stream, 0, 1000),
      onDamage: word('options.onDamage', onDamage, nativeWords.onDamage),
      nonFinite: word('options.nonFinite', nonFinite, nativeWords.nonFinite),
      tail: word('options.tail', tail, nativeWords.tail),
      ...checkRange(options.start, options.end),
      parallel: word('options.parallel', parallel, nativeWords.parallel),
      limits: {
        inputBytes: limits.inputBytes,
        seconds: limits.seconds,
        decodedBytes: limits.decodedBytes,
        channels: limits.channels,
        streams: limits.streams,
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

/** Length of the chunks of a stream: `frames` if it is not 0, else `seconds`. */
export interface ChunkSize {
  readonly seconds: number;
  readonly frames: number;
}

/** The default length of a chunk. */
export const oneSecond: ChunkSize = { seconds: 1, frames: 0 };

/** Checks the chunk size of a stream, and separates it from the other options. */
export function checkChunkSize(options: StreamOptions): { size: ChunkSize; rest: DecodeOptions } {
  const [{ seconds, frames }, rest] = apart(options, ['seconds', 'frames'], requestKeys);
  if (seconds !== undefined && frames !== undefined) {
    throw new TypeError('options.seconds and options.frames both say how long a chunk is: give one of them');
  }
  if (frames !== undefined) {
    return { size: { seconds: 0, frames: wholeNumber('options.frames', frames, 1, 2 ** 31) }, rest };
  }
  if (seconds === undefined) return { size: oneSecond, rest };
  if (typeof seconds !== 'number') throw typeError('options.seconds', 'a number', seconds);
  if (!(seconds > 0 && seconds <= longestChunkSeconds)) {
    throw new RangeError(`options.seconds must be more than 0 and at most ${longestChunkSeconds}, got ${seconds}`);
  }
  return { size: { seconds, frames: 0 }, rest };
}

/** Separates the options named by `keys` from those named by `others`. */
export function apart<Options extends object, Key extends keyof Options & string>(
  options: Options,
  keys: readonly Key[],
  others: readonly string[],
): [Partial<Pick<Options, Key>>, Omit<Options, Key>] {
  const rest = optionsOf('options', options, [...keys, ...others]);
  const named: Partial<Pick<Options, Key>> = Object.create(null);
  for (const key of keys) {
    if (key in rest) named[key] = rest[key];
    delete rest[key];
  }
  return [named, rest as Omit<Options, Key>];
}

/** A request may tighten the timeout of its decoder, not lift it. */
function shorter(request: number | undefined, decoder: number | undefined): number | undefined {
  const given = [request, decoder].filter((each) => each !== undefined).map(checkTimeout);
  return given.length === 0 ? undefined : Math.min(...given);
}
