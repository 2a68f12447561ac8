import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AudioDecoderOptions, RawCodec } from '../index.js';

/** Decoder options that the command has under the same names. */
const shared = [
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
  'timeout',
] as const satisfies readonly (keyof AudioDecoderOptions)[];

/** Values of the options below, as commander passes them. */
export interface DecodeFlags extends Pick<AudioDecoderOptions, (typeof shared)[number]> {
  readonly maxSeconds?: number;
}

/** The options of `decode()`, under the same names. */
export function addDecodeFlags(command: Command): Command {
  command
    .option('--sample-rate <hz>', 'sample rate of the result (default: that of the source)', whole)
    .addOption(
      new Option('--channels <n>', 'channels of the result (default: 1)')
        .choices(['1', '2', 'native'])
        .argParser(channels),
    );
  return addReadingFlags(command);
}

/** Adds the options that do not concern rate and channels of the result. */
export function addReadingFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--downmix <rule>',
        'mean: average, as librosa; ffmpeg: swresample’s matrix; first: drop the others; none: refuse (default: mean)',
      ).choices(['mean', 'ffmpeg', 'first', 'none']),
    )
    .addOption(
      new Option('--quality <recipe>', 'resampling quality of libsoxr (default: HQ)').choices([
        'QQ',
        'LQ',
        'MQ',
        'HQ',
        'VHQ',
      ]),
    )
    .option('--stream <index>', 'stream to decode, as `cochlea probe` counts them (default: the best)', whole)
    .addOption(
      new Option(
        '--on-damage <policy>',
        'conceal: skip damaged parts, and warn; error: refuse (default: conceal)',
      ).choices(['conceal', 'error']),
    )
    .addOption(
      new Option('--non-finite <policy>', 'for NaN and infinite samples (default: error)').choices(['error', 'zero']),
    )
    .addOption(
      new Option('--tail <rule>', 'edit-list: trim MP4 and MOV to their stated length (default: decoded)').choices([
        'decoded',
        'edit-list',
      ]),
    )
    .option('--start <s>', 'where to begin, in seconds; negative: counted from the end (default: 0)', seconds)
    .option('--end <s>', 'where to end, in seconds from the start of the audio (default: its end)', seconds)
    .addOption(
      new Option(
        '--parallel <rule>',
        'auto: long audio on idle threads; off: one thread for each file (default: auto)',
      ).choices(['auto', 'off']),
    )
    .option('--raw <codec:hz:channels>', 'read headerless PCM, for example pcm_s16le:16000:1', raw)
    .option('--timeout <ms>', 'give up on a file after this many milliseconds', positive)
    .option('--max-seconds <s>', 'refuse longer audio; Infinity lifts the limit (default: 14400)', positive);
}

/** Options of the decoder for all files of a command. */
export function decoderOptions(flags: DecodeFlags): AudioDecoderOptions {
  const options = Object.fromEntries(shared.map((name) => [name, flags[name]]));
  return flags.maxSeconds === undefined ? options : { ...options, limits: { seconds: flags.maxSeconds } };
}

export function addJobs(command: Command): Command {
  return command.option('--jobs <n>', 'files to work on at the same time (default: one per core)', atLeastOne);
}

export function jobsOf(flags: { readonly jobs?: number }): number {
  return flags.jobs ?? availableParallelism();
}

export function whole(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('Expected a whole number.');
  return value;
}

function atLeastOne(text: string): number {
  const value = whole(text);
  if (value < 1) throw new InvalidArgumentError('Expected at least 1.');
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0)) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}

export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('Expected a number of seconds.');
  return value;
}

function channels(text: string): 1 | 2 | 'native' {
  if (text === '1') return 1;
  if (text === '2') return 2;
  if (text === 'native') return 'native';
  throw new InvalidArgumentError('Allowed choices are 1, 2, native.');
}

function raw(text: string): NonNullable<AudioDecoderOptions['raw']> {
  const match = /^(pcm_\w+):(\d+):(\d+)$/.exec(text);
  if (!match) throw new InvalidArgumentError('Expected codec:rate:channels, for example pcm_s16le:16000:1.');
  const [, codec, sampleRate, channelCount] = match;
  // The decoder checks the codec.
  return { codec: codec as RawCodec, sampleRate: Number(sampleRate), channels: Number(channelCount) };
}
