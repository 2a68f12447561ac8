import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type AudioFeatures,
  type ExtractOptions,
  FeatureExtractor,
  type FeatureProvider,
  type FeatureSpec,
} from '../../features/index.js';
import type { Damage, DecodedAudio, MediaInfo } from '../../index.js';
import type { Tensor } from '../../tensors/tensor.js';
import { ClipTooLongError, clipOptions } from '../clip_limit.js';
import { addJobs, addReadingFlags, type DecodeFlags, jobsOf, whole } from '../options.js';
import {
  OutputPlanError,
  planOutputs,
  planTensors,
  type TensorFormat,
  type TensorPlan,
  tensorFormats,
} from '../output/output_plan.js';
import { addSkip, type SkipFlags, withoutExisting } from '../output/skip.js';
import { produce, type TensorWork, tensorFile } from '../output/tensor_files.js';
import { writeOutput } from '../output/write_output.js';
import { type Drawing, loadDrawing } from '../picture/drawing.js';
import { melPicture } from '../picture/mel_picture.js';
import { Progress } from '../progress.js';
import { report } from '../report.js';
import { type AddressFlags, addAddressFlags, nameOf } from '../sources.js';
import { isStandardOutput, reportStream } from '../standard_streams.js';
import { type Column, table } from '../table.js';
import { printable } from '../terminal.js';
import { orUsageError, sourcesFor } from '../usage.js';
import { duration, hertz, shape } from '../wording.js';

interface Flags extends DecodeFlags, AddressFlags, SkipFlags {
  readonly output: string;
  readonly format?: TensorFormat;
  readonly mels: 80 | 128;
  readonly provider?: FeatureProvider;
  readonly device?: number;
  readonly padding: NonNullable<ExtractOptions['padding']>;
  readonly truncate?: true;
  readonly plot?: string;
  readonly jobs?: number;
}

/** One decoded source. */
interface ExtractedSource {
  readonly file: string;
  readonly audio: DecodedAudio;
  /** Time at which its decode began. */
  readonly start: number;
}

interface Row {
  readonly file: string;
  readonly ok: true;
  readonly output: string;
  /** Shape of `input_features` in the output file. */
  readonly shape: readonly number[];
  readonly dtype: 'float32';
  /** Frames of this source that hold audio. */
  readonly frames: number;
  /** Seconds. */
  readonly duration: number;
  /** Whether audio beyond the end of the clip was left out. */
  readonly truncated: boolean;
  readonly milliseconds: number;
  readonly source: MediaInfo;
  readonly damage: Damage;
  readonly plot?: string;
}

const notes = `
The log-mel features of Whisper (--mels 80: up to large-v2; 128: large-v3, Qwen2-Audio), as the
WhisperFeatureExtractor of transformers computes them:
  safetensors  input_features float32 [sources, mels, frames], feature_attention_mask int32 [sources, frames],
               and the names of the sources in the metadata "files", a JSON list
  npy          input_features alone

With several files, --output is one .safetensors file that holds all of them in their order, or a folder
or pattern as for \`cochlea decode\`. Models accept 30 s at once. Longer audio is an error, unless you choose a part
(--start, --end), drop the rest (--truncate), or keep the length of each file (--padding none).

Examples:
  cochlea features talk.mp3 --output talk.safetensors
  cochlea features talk.mp3 --mels 80 --output talk.npy --plot talk.png
  cochlea features clips/*.m4a --output clips.safetensors
  cochlea features clips/*.m4a --output out/ --format npy --padding none
  cochlea features lecture.mp3 --start 600 --end 630 --output part.safetensors`;

const columns: readonly Column[] = [
  { title: 'file' },
  { title: 'output' },
  { title: 'shape' },
  { title: 'frames', align: 'right' },
  { title: 'duration', align: 'right' },
  { title: 'time', align: 'right' },
];

export function addFeatures(program: Command, signal: AbortSignal): void {
  const command = program
    .command('features')
    .description('compute the log-mel features that speech models need')
    .argument('<file...>', 'audio files, https: addresses, or - for standard input')
    .requiredOption('-o, --output <path>', 'file, folder or pattern to write, or - for standard output')
    .addOption(
      new Option('--format <format>', 'format of the output (default: by the extension of --output)').choices(
        tensorFormats,
      ),
    )
    .addOption(new Option('--mels <n>', 'mel bins').choices(['80', '128']).argParser(mels).default(128))
    .addOption(
      new Option('--padding <rule>', 'max_length: to 30 s; longest: to the longest source of the output; none')
        .choices(['max_length', 'longest', 'none'])
        .default('max_length'),
    )
    .option('--truncate', 'drop audio beyond 30 s')
    .addOption(
      new Option('--provider <provider>', 'native: own code; others: ONNX Runtime (default: native)').choices([
        'native',
        'cpu',
        'cuda',
        'webgpu',
      ]),
    )
    .option('--device <n>', 'which GPU (default: 0)', whole)
    .option('--plot <png>', 'also draw the features: file, folder or pattern');
  addAddressFlags(addSkip(addJobs(addReadingFlags(command))))
    .option('--json', 'print one JSON line per file')
    .addHelpText('after', notes)
    .action((files: string[], flags: Flags) => run(command, files, flags, signal));
}

async function run(command: Command, files: readonly string[], flags: Flags, signal: AbortSignal): Promise<void> {
  const { plan, plots } = orUsageError(command, () => ({ plan: planFor(files, flags), plots: plotsOf(files, flags) }));
  if (plan.outputs.length === 0) return;
  const drawing = flags.plot === undefined ? null : await loadDrawing();
  const { mels, provider, device: deviceId } = flags;
  const extractor = orUsageError(command, () => FeatureExtractor.whisper({ mels, provider, deviceId }));
  const { spec } = extractor;
  const bounded = flags.padding === 'max_length' || flags.truncate === true;
  const progress = new Progress(plan.outputs.length, 'extracting', plan.outputs[0]?.file ?? '');
  const sources = sourcesFor(command, clipOptions(flags, spec, bounded), flags, progress);
  const to = reportStream([flags.output, flags.plot ?? '']);
  let rows: Row[];
  const work: TensorWork<ExtractedSource, Row> = {
    read: async (file) => {
      const start = performance.now();
      const audio = await sources.decode(file, { signal });
      const tooLong = bounded && !flags.truncate && audio.frames > spec.chunkLength;
      if (tooLong) throw new ClipTooLongError(audio, spec, flags, remedy);
      return { file, audio, start };
    },
    done: (file) => progress.done(file),
    write: async (clips, { path, format }) => {
      const audio = clips.map((clip) => clip.audio);
      const options = { padding: flags.padding, truncation: flags.truncate === true, signal };
      const features = await extractor.extract(audio, options);
      await writeOutput(path, tensorFile(format, tensorsOf(features), metadataOf(clips)), signal);
      for (const [i, clip] of clips.entries()) {
        const plot = plots.get(clip.file);
        if (!drawing || plot === undefined) continue;
        await writeOutput(plot, [await featuresPicture(drawing, spec, features, i, clip)], signal);
      }
      return clips.map((clip, i) => rowOf(clip, features, i, path, plots.get(clip.file)));
    },
  };
  try {
    rows = await report(produce(plan, jobsOf(flags), work, signal), progress, flags.json === true, truncatedLine, to);
  } finally {
    progress.stop();
    await sources.close();
    await extractor.close();
  }
  if (rows.length > 0) to.write(table(columns, rows.map(cells)));
}

const remedy =
  'Choose a part with --start and --end, drop the rest with --truncate, or take all of it with --padding none.';

function planFor(files: readonly string[], flags: Flags): TensorPlan {
  const { output, format, padding, plot } = flags;
  const plan = planTensors(files, output, format);
  if (plan.together && padding === 'none') {
    throw new OutputPlanError('--padding none keeps the length of each file: give a folder or a pattern');
  }
  if (plot !== undefined && isStandardOutput(plot) && isStandardOutput(output)) {
    throw new OutputPlanError('features and picture cannot both go to standard output');
  }
  return { ...plan, outputs: withoutExisting(plan.outputs, flags) };
}

function tensorsOf({ inputFeatures, featureAttentionMask }: AudioFeatures): Record<string, Tensor> {
  return { input_features: inputFeatures, feature_attention_mask: featureAttentionMask };
}

function metadataOf(clips: readonly ExtractedSource[]): Record<string, string> {
  return { files: JSON.stringify(clips.map(({ file }) => nameOf(file))) };
}

/** Path of the picture of each source. */
function plotsOf(files: readonly string[], { plot }: Flags): Map<string, string> {
  if (plot === undefined) return new Map();
  return new Map(planOutputs(files, plot, 'png', ['png']).map(({ file, path }) => [file, path]));
}

/** Draws one clip of a batch as PNG. */
export async function featuresPicture(
  drawing: Drawing,
  spec: FeatureSpec,
  { inputFeatures, frames }: AudioFeatures,
  index: number,
  { file, audio }: Pick<ExtractedSource, 'file' | 'audio'>,
): Promise<Buffer> {
  const [, mels = 0, width = 0] = inputFeatures.shape;
  const values = inputFeatures.data.subarray(index * mels * width, (index + 1) * mels * width);
  const own = frames[index] ?? 0;
  const seconds = Math.min(audio.duration, (own * spec.hopLength) / spec.sampleRate);
  const subtitle = [
    `${mels} mel bins`,
    `${own} frames with audio of ${width}`,
    `${duration(seconds)} at ${hertz(spec.sampleRate)}`,
  ].join('  ·  ');
  const options = { width: 1200, height: 500, title: printable(basename(file)), subtitle };
  return await melPicture(drawing, { values, width, frames: own }, spec, options);
}

function rowOf(
  { file, audio, start }: ExtractedSource,
  { inputFeatures, frames, truncated }: AudioFeatures,
  index: number,
  output: string,
  plot: string | undefined,
): Row {
  const { duration, source, damage } = audio;
  return {
    file,
    ok: true,
    output,
    shape: inputFeatures.shape,
    dtype: 'float32',
    frames: frames[index] ?? 0,
    duration,
    truncated: (truncated[index] ?? 0) > 0,
    milliseconds: Math.round((performance.now() - start) * 10) / 10,
    source,
    damage,
    ...(plot !== undefined && { plot }),
  };
}

function truncatedLine({ file, truncated }: Row): string {
  return truncated ? `${printable(file)}: warning: what lies beyond 30 s was dropped\n` : '';
}

function mels(text: string): 80 | 128 {
  if (text === '80') return 80;
  if (text === '128') return 128;
  throw new InvalidArgumentError('Allowed choices are 80, 128.');
}

function cells(row: Row): string[] {
  return [
    printable(row.file),
    printable(row.output),
    shape(row.shape),
    String(row.frames),
    duration(row.duration),
    `${row.milliseconds.toFixed(1)} ms`,
  ];
}
