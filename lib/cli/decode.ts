import { type Command, Option } from 'commander';
import type { AudioDecoder, Damage, DecodedAudio, MediaInfo } from '../index.js';
import { writeAtomically } from './atomic.js';
import { batch } from './batch.js';
import { littleEndian } from './bytes.js';
import { type Failure, failureLines, failureOf } from './failure.js';
import { npy } from './npy.js';
import { addDecodeFlags, addJobs, type DecodeFlags, decoderFor, jobsOf } from './options.js';
import { formats, type OutputFormat, OutputPlanError, type Planned, planOutputs } from './output.js';
import { Progress } from './progress.js';
import { type Column, table } from './table.js';
import { printable } from './terminal.js';
import { wav } from './wav.js';
import { duration, hertz, plural, shape } from './wording.js';

interface Flags extends DecodeFlags {
  readonly output: string;
  readonly format?: OutputFormat;
  readonly jobs?: number;
  readonly json?: true;
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
}

const notes = `
Formats (all little-endian float32, nominal range ±1):
  wav   32-bit float WAV, channels interleaved
  npy   NumPy 1.0 array of shape [frames] for one channel, [channels, frames] otherwise
  f32   the bytes of that array without a header: C order, one channel after the other

With several files, --output is a folder (results are named after their source) or a pattern with
{name} and {ext}. A file that is there already is replaced, once the new one is complete.

Examples:
  cochlea decode talk.mp3 --sample-rate 16000 --output talk.npy
  cochlea decode concert.flac --channels native --output concert.wav
  cochlea decode clips/*.m4a --sample-rate 16000 --output out/ --format npy
  cochlea decode a.mp3 a.ogg --output 'out/{name}.{ext}.wav'
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
    .description('decode audio files to float32 samples')
    .argument('<file...>', 'audio files')
    .requiredOption('-o, --output <path>', 'file, folder or pattern to write')
    .addOption(
      new Option('--format <format>', 'what to write (default: by the extension of --output)').choices(formats),
    );
  addJobs(addDecodeFlags(command))
    .option('--json', 'print one JSON line per file')
    .addHelpText('after', notes)
    .action((files: string[], flags: Flags) => run(command, files, flags, signal));
}

async function run(command: Command, files: readonly string[], flags: Flags, signal: AbortSignal): Promise<void> {
  const plan = planFor(command, files, flags);
  const decoder = decoderFor(command, flags);
  const progress = new Progress(files.length, 'decoding', files[0] ?? '');
  const written: Written[] = [];
  try {
    for await (const result of batch(plan, jobsOf(flags), (planned) => decodeOne(decoder, planned, signal))) {
      progress.done(result.file);
      if (!result.ok) process.exitCode = 1;
      if (result.ok && isDamaged(result.damage)) progress.say(damageLines(result.file, result.damage));
      if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
      else if (result.ok) written.push(result);
      else progress.say(failureLines(result));
    }
  } finally {
    progress.stop();
  }
  if (written.length > 0) process.stdout.write(table(columns, written.map(row)));
}

function planFor(command: Command, files: readonly string[], flags: Flags): Planned[] {
  try {
    return planOutputs(files, flags.output, flags.format);
  } catch (error) {
    if (error instanceof OutputPlanError) command.error(`error: ${error.message}`);
    throw error;
  }
}

async function decodeOne(decoder: AudioDecoder, planned: Planned, signal: AbortSignal): Promise<Written | Failure> {
  const { file, path, format } = planned;
  try {
    const start = performance.now();
    const audio = await decoder.decode(file, { signal });
    const milliseconds = Math.round((performance.now() - start) * 10) / 10;
    await writeAtomically(path, encode(audio, format), signal);
    const { dtype, sampleRate, channels, frames, source, damage } = audio;
    const facts = { shape: audio.shape, dtype, sampleRate, channels, frames, duration: audio.duration };
    return { file, ok: true, output: path, ...facts, milliseconds, source, damage };
  } catch (error) {
    return failureOf(file, error, signal);
  }
}

function encode(audio: DecodedAudio, format: OutputFormat): Iterable<Uint8Array> {
  if (format === 'wav') return wav(audio);
  return format === 'npy' ? npy(audio) : littleEndian(audio.data);
}

function isDamaged(damage: Damage): boolean {
  return damage.packets > 0 || damage.nonFinite > 0 || damage.truncated;
}

function damageLines(file: string, damage: Damage): string {
  const what = [
    damage.packets > 0 ? `${plural(damage.packets, 'packet')} could not be decoded` : '',
    damage.nonFinite > 0 ? `${plural(damage.nonFinite, 'sample')} replaced by zero` : '',
    damage.truncated ? 'it ends before its stated end' : '',
  ];
  const summary = `${printable(file)}: warning: damaged audio: ${what.filter(Boolean).join(', ')}\n`;
  return summary + damage.messages.map((message) => `  ${printable(message)}\n`).join('');
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
