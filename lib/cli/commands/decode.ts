import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Damage, MediaInfo } from '../../index.js';
import { type Failure, failureOf } from '../failure.js';
import { inOrder } from '../in_order.js';
import { addDecodeFlags, addJobs, type DecodeFlags, decoderOptions, jobsOf, whole } from '../options.js';
import { contentsOf, type Quality } from '../output/contents.js';
import {
  type BitDepth,
  checkBitDepth,
  checkBitRate,
  formats,
  type OutputFormat,
  type Planned,
  planOutputs,
} from '../output/output_plan.js';
import { addSkip, type SkipFlags, withoutExisting } from '../output/skip.js';
import { writeOutput } from '../output/write_output.js';
import { Progress } from '../progress.js';
import { report } from '../report.js';
import { type AddressFlags, addAddressFlags, type Sources } from '../sources.js';
import { reportStream } from '../standard_streams.js';
import { type Column, table } from '../table.js';
import { printable } from '../terminal.js';
import { orUsageError, sourcesFor } from '../usage.js';
import { duration, hertz, plural, shape } from '../wording.js';

interface Flags extends DecodeFlags, AddressFlags, SkipFlags {
  readonly output: string;
  readonly format?: OutputFormat;
  readonly bitDepth?: BitDepth;
  readonly bitRate?: number;
  readonly jobs?: number;
}

interface Written {
  readonly file: string;
  readonly ok: true;
  readonly output: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32';
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
  readonly duration: number;
  readonly milliseconds: number;
  readonly source: MediaInfo;
  readonly damage: Damage;
  /** Samples beyond full scale, which only float32 holds. */
  readonly clipped: number;
}

const notes = `
Formats (float32 has the nominal range ±1):
  wav   WAV, of --bit-depth 32 (float32, default), 24 or 16
  flac  FLAC, of --bit-depth 16 (default) or 24; up to 8 channels
  mp3   MP3, of --bit-rate 8000 to 320000; 64000 per channel if it is not given
  opus  Opus in Ogg, of --bit-rate 6000 to 510000; 48000 per channel if it is not given
  aac   AAC-LC in ADTS, of --bit-rate 8000 to 512000; 64000 per channel if it is not given
  npy   NumPy 1.0 array of little-endian float32, shape [frames] for one channel, [channels, frames] otherwise
  f32   the bytes of that array without a header: C order, one channel after the other
With 16 and 24 bits, samples are rounded to the nearest step. Samples beyond full scale are clipped, with a warning.
mp3, opus and aac hold up to 2 channels. A sample rate that they do not have is resampled to the next that they have.

With several files, --output is a folder (results are named after their source) or a pattern with
{name} and {ext}. An existing file is replaced when the new one is complete, and keeps its mode;
--skip-existing keeps the file. Pipes, devices and - (standard output, with --format) are written directly.
If standard output is used, tables and JSON lines go to standard error.

Examples:
  cochlea decode talk.mp3 --sample-rate 16000 --output talk.npy
  cochlea decode concert.flac --channels native --output concert.wav
  cochlea decode concert.wv --channels native --bit-depth 24 --output concert.flac
  cochlea decode talk.wav --bit-rate 32000 --output talk.opus
  cochlea decode talk.mp3 --start 12.5 --end 42.5 --output part.wav
  cochlea decode clips/*.m4a --sample-rate 16000 --output out/ --format npy
  cochlea decode a.mp3 a.ogg --output 'out/{name}.{ext}.wav'
  cochlea decode https://example.com/talk.mp3 --sample-rate 16000 --output talk.npy
  cochlea decode - --output - --format wav < talk.mp3 | aplay
  cochlea decode call.pcm --raw pcm_s16le:8000:1 --output call.wav`;

const columns: readonly Column[] = [
  { title: 'file' },
  { title: 'output' },
  { title: 'shape' },
  { title: 'dtype' },
  { title: 'rate', align: 'right' },
  { title: 'duration', align: 'right' },
  { title: 'time', align: 'right' },
];

export function addDecode(program: Command, signal: AbortSignal): void {
  const command = program
    .command('decode')
    .description('decode audio files and addresses to samples')
    .argument('<file...>', 'audio files, https: addresses, or - for standard input')
    .requiredOption('-o, --output <path>', 'file, folder or pattern to write, or - for standard output')
    .addOption(
      new Option('--format <format>', 'format of the output (default: by the extension of --output)').choices(formats),
    )
    .addOption(
      new Option('--bit-depth <bits>', 'bits per sample (default: wav 32, which is float; flac 16)')
        .choices(['16', '24', '32'])
        .argParser(bitDepth),
    )
    .option('--bit-rate <bits>', 'bits per second of mp3, opus or aac', whole);
  addAddressFlags(addSkip(addJobs(addDecodeFlags(command))))
    .option('--json', 'print one JSON line per file')
    .addHelpText('after', notes)
    .action((files: string[], flags: Flags) => run(command, files, flags, signal));
}

async function run(command: Command, files: readonly string[], flags: Flags, signal: AbortSignal): Promise<void> {
  const plan = orUsageError(command, () => {
    const outputs = planOutputs(files, flags.output, flags.format, formats);
    checkBitDepth(outputs, flags.bitDepth);
    checkBitRate(outputs, flags.bitRate);
    return withoutExisting(outputs, flags);
  });
  if (plan.length === 0) return;
  const to = reportStream(plan.map(({ path }) => path));
  const progress = new Progress(plan.length, 'decoding', plan[0]?.file ?? '');
  const sources = sourcesFor(command, decoderOptions(flags), flags, progress);
  const work = (planned: Planned) =>
    decodeOne(sources, planned, { bitDepth: flags.bitDepth, bitRate: flags.bitRate }, signal).finally(() =>
      progress.done(planned.file),
    );
  let written: Written[];
  try {
    written = await report(inOrder(plan, jobsOf(flags), work), progress, flags.json === true, clippedLine, to);
  } finally {
    progress.stop();
    await sources.close();
  }
  if (written.length > 0) to.write(table(columns, written.map(row)));
}

async function decodeOne(
  sources: Sources,
  planned: Planned,
  quality: Quality,
  signal: AbortSignal,
): Promise<Written | Failure> {
  const { file, path, format } = planned;
  try {
    const start = performance.now();
    const audio = await sources.decode(file, { signal });
    const milliseconds = Math.round((performance.now() - start) * 10) / 10;
    const { chunks, clipped } = await contentsOf(audio, format, quality, signal);
    await writeOutput(path, chunks, signal);
    const { dtype, sampleRate, channels, frames, source, damage } = audio;
    const facts = { shape: audio.shape, dtype, sampleRate, channels, frames, duration: audio.duration };
    return { file, ok: true, output: path, ...facts, milliseconds, source, damage, clipped };
  } catch (error) {
    return failureOf(file, error, signal);
  }
}

function bitDepth(text: string): BitDepth {
  if (text === '16') return 16;
  if (text === '24') return 24;
  if (text === '32') return 32;
  throw new InvalidArgumentError('Allowed choices are 16, 24, 32.');
}

function clippedLine({ file, clipped }: Written): string {
  if (clipped === 0) return '';
  return `${printable(file)}: warning: ${plural(clipped, 'sample')} beyond full scale clipped; a wav of --bit-depth 32 keeps them\n`;
}

function row(result: Written): string[] {
  return [
    printable(result.file),
    printable(result.output),
    shape(result.shape),
    result.dtype,
    hertz(result.sampleRate),
    duration(result.duration),
    `${result.milliseconds.toFixed(1)} ms`,
  ];
}
