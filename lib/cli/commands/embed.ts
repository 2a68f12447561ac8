import { type Command, Option } from 'commander';
import type { Damage, DecodedAudio, MediaInfo } from '../../index.js';
import type { Tensor } from '../../tensors/tensor.js';
import {
  type AudioEmbeddings,
  AudioTower,
  type EmbeddedPiece,
  type EmbedOptions,
  type Provider,
  type TowerOptions,
  type TowerSpec,
} from '../../tower/index.js';
import { checkEmbedOptions } from '../../tower/inner.js';
import { ClipTooLongError, clipOptions } from '../clip_limit.js';
import { addJobs, addReadingFlags, type DecodeFlags, jobsOf, seconds, whole } from '../options.js';
import {
  OutputPlanError,
  planTensors,
  type TensorFormat,
  type TensorPlan,
  tensorFormats,
} from '../output/output_plan.js';
import { addSkip, type SkipFlags, withoutExisting } from '../output/skip.js';
import { produce, type TensorWork, tensorFile } from '../output/tensor_files.js';
import { writeOutput } from '../output/write_output.js';
import { Progress } from '../progress.js';
import { report } from '../report.js';
import { type AddressFlags, addAddressFlags, nameOf } from '../sources.js';
import { reportStream } from '../standard_streams.js';
import { type Column, table } from '../table.js';
import { printable } from '../terminal.js';
import { checkTowerFolder } from '../tower_folder.js';
import { orUsageError, sourcesFor, usageError } from '../usage.js';
import { duration, shape } from '../wording.js';
import { addHandOver, type HandOver, type HandOverFlags, handOver, senderFor } from './hand_over.js';

interface Flags extends DecodeFlags, AddressFlags, SkipFlags, HandOverFlags {
  readonly tower: string;
  readonly output?: string;
  readonly format?: TensorFormat;
  readonly provider?: TowerOptions['provider'];
  readonly device?: number;
  readonly precision?: TowerOptions['precision'];
  readonly dtype?: TowerOptions['dtype'];
  readonly long?: EmbedOptions['long'];
  readonly overlap?: number;
  readonly jobs?: number;
}

/** One source, and its embeddings. */
interface EmbeddedSource {
  readonly file: string;
  readonly audio: DecodedAudio;
  readonly embeddings: AudioEmbeddings;
  /** Time from the start of its decode to its embeddings. */
  readonly milliseconds: number;
}

interface Row {
  readonly file: string;
  readonly ok: true;
  readonly output: string;
  /** Shape of the embeddings of this source. */
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly tokens: number;
  readonly pieces: readonly EmbeddedPiece[];
  readonly provider: Provider;
  /** Seconds. */
  readonly duration: number;
  readonly milliseconds: number;
  readonly source: MediaInfo;
  readonly damage: Damage;
}

const notes = `
Computes the embeddings of an audio tower, which a language model accepts in place of text.
  safetensors  audio_features [sum of tokens, dimension]: the embeddings of all sources, one after the other
               tokens int64 [sources]: number of rows that belong to each source
               piece_tokens, piece_starts int64 [pieces]: number of rows of each piece of long audio, and
               the sample at which it begins (without --long: one piece per source)
               metadata: "files", the names of the sources as a JSON list, and facts about the tower
  npy          audio_features alone

  from safetensors import safe_open                                       # in Python
  with safe_open("clips.safetensors", "pt") as f:
      clips = f.get_tensor("audio_features").split(f.get_tensor("tokens").tolist())

With several files, --output is one .safetensors file that holds all of them in their order, or a folder
or pattern as for \`cochlea decode\`. --tower is a folder with cochlea.json, which tools/export writes.

Examples:
  cochlea embed talk.mp3 --tower models/qwen2-audio --output talk.safetensors
  cochlea embed clips/*.m4a --tower models/qwen2-audio --provider cuda --dtype bfloat16 --output clips.safetensors
  cochlea embed lecture.mp3 --tower models/qwen2-audio --long split --output lecture.safetensors
  cochlea embed clips/*.m4a --tower models/whisper --output out/ --format npy
  cochlea embed talk.mp3 --tower models/qwen2-audio --transfer file --layout vllm --folder /dev/shm/ec`;

const columns: readonly Column[] = [
  { title: 'file' },
  { title: 'output' },
  { title: 'shape' },
  { title: 'dtype' },
  { title: 'pieces', align: 'right' },
  { title: 'duration', align: 'right' },
  { title: 'time', align: 'right' },
];

export function addEncode(program: Command, signal: AbortSignal): void {
  const command = program
    .command('embed')
    .description('turn audio files into the embeddings of an audio tower')
    .argument('<file...>', 'audio files, https: addresses, or - for standard input')
    .requiredOption('-t, --tower <folder>', 'folder of the model')
    .option('-o, --output <path>', 'file, folder or pattern to write, or - for standard output')
    .addOption(
      new Option('--format <format>', 'format of the output (default: by the extension of --output)').choices(
        tensorFormats,
      ),
    )
    .addOption(
      new Option(
        '--provider <provider>',
        'where the model runs (default: auto, cuda where it works, else cpu)',
      ).choices(['auto', 'cuda', 'webgpu', 'cpu']),
    )
    .option('--device <n>', 'which GPU (default: 0)', whole)
    .addOption(
      new Option('--precision <precision>', 'which model of the folder (default: the most exact)').choices([
        'fp32',
        'fp16',
        'int8',
      ]),
    )
    .addOption(
      new Option('--dtype <type>', 'element type of the embeddings (default: float32)').choices([
        'float32',
        'float16',
        'bfloat16',
      ]),
    )
    .addOption(
      new Option(
        '--long <rule>',
        'for more than 30 s. error; windows: that overlap; split: where it is quiet (default: error)',
      ).choices(['error', 'windows', 'split']),
    )
    .option('--overlap <s>', 'seconds that neighbouring windows share (default: 5)', seconds);
  addAddressFlags(addSkip(addJobs(addReadingFlags(addHandOver(command)))))
    .option('--json', 'print one JSON line per file')
    .addHelpText('after', notes)
    .action((files: string[], flags: Flags) => run(command, files, flags, signal));
}

async function run(command: Command, files: readonly string[], flags: Flags, signal: AbortSignal): Promise<void> {
  const { output } = flags;
  const plan = output === undefined ? undefined : orUsageError(command, () => planFor(files, { ...flags, output }));
  if (plan?.outputs.length === 0) return;
  const sender = plan === undefined ? senderFor(command, flags) : undefined;
  const { provider, device: deviceId, precision, dtype } = flags;
  // --jobs limits the number of sources in progress.
  const options = { provider, deviceId, precision, dtype, maxQueue: 1_000_000 };
  await checkTowerFolder(flags.tower).catch((error) => usageError(command, error));
  const tower = await AudioTower.load(flags.tower, options).catch((error) => usageError(command, error));
  try {
    process.stderr.write(towerLines(flags.tower, tower));
    if (plan && output !== undefined) await embedAll(command, plan, { ...flags, output }, tower, signal);
    else if (sender) await sendAll(command, files, flags, { tower, sender, signal });
  } finally {
    await tower.close();
  }
}

function planFor(files: readonly string[], flags: Flags & { readonly output: string }): TensorPlan {
  if (flags.transfer !== undefined) throw new OutputPlanError('--transfer goes in place of --output');
  const { output, format, dtype, long, overlap } = flags;
  const plan = planTensors(files, output, format);
  if (dtype === 'bfloat16' && plan.outputs.some((planned) => planned.format === 'npy')) {
    throw new OutputPlanError('NumPy has no bfloat16: write safetensors');
  }
  if (overlap !== undefined && long !== 'windows') throw new OutputPlanError('--overlap goes with --long windows');
  return { ...plan, outputs: withoutExisting(plan.outputs, flags) };
}

async function sendAll(
  command: Command,
  files: readonly string[],
  flags: Flags,
  rest: Pick<HandOver, 'tower' | 'sender' | 'signal'>,
): Promise<void> {
  const { spec } = rest.tower;
  const { long = 'error', overlap } = flags;
  const options = { long, overlap };
  orUsageError(command, () => checkEmbedOptions(options, spec));
  const progress = new Progress(files.length, 'encoding', files[0] ?? '');
  const sources = sourcesFor(command, clipOptions(flags, spec.features, long === 'error'), flags, progress);
  try {
    await handOver(files, flags, progress, { ...rest, sources, options, jobs: jobsOf(flags) });
  } finally {
    progress.stop();
    await sources.close();
  }
}

async function embedAll(
  command: Command,
  plan: TensorPlan,
  flags: Flags & { readonly output: string },
  tower: AudioTower,
  signal: AbortSignal,
): Promise<void> {
  const { features } = tower.spec;
  const { long = 'error', overlap } = flags;
  orUsageError(command, () => checkEmbedOptions({ long, overlap }, tower.spec));
  const progress = new Progress(plan.outputs.length, 'encoding', plan.outputs[0]?.file ?? '');
  const sources = sourcesFor(command, clipOptions(flags, features, long === 'error'), flags, progress);
  const to = reportStream([flags.output]);
  let rows: Row[];
  const work: TensorWork<EmbeddedSource, Row> = {
    read: async (file) => {
      const start = performance.now();
      const audio = await sources.decode(file, { signal });
      if (long === 'error' && audio.frames > features.chunkLength)
        throw new ClipTooLongError(audio, features, flags, remedy);
      const embeddings = await tower.embed(audio, { long, overlap, signal });
      return { file, audio, embeddings, milliseconds: Math.round((performance.now() - start) * 10) / 10 };
    },
    done: (file) => progress.done(file),
    write: async (clips, { path, format }) => {
      await writeOutput(path, tensorFile(format, tensorsOf(clips), metadataOf(clips, tower.spec)), signal);
      return clips.map((clip) => rowOf(clip, path, tower.provider));
    },
  };
  try {
    rows = await report(produce(plan, jobsOf(flags), work, signal), progress, flags.json === true, undefined, to);
  } finally {
    progress.stop();
    await sources.close();
  }
  if (rows.length > 0) to.write(table(columns, rows.map(cells)));
}

const remedy = 'Choose a part with --start and --end, or have it cut with --long split or --long windows.';

/** Says where the model runs, and why not elsewhere. */
function towerLines(folder: string, { spec, precision, provider, declined }: AudioTower): string {
  const { architecture, tokens, dimension } = spec;
  const model = [architecture, precision ?? [], `${tokens} × ${dimension} for 30 s`].flat().join(', ');
  const head = `${printable(folder)}: ${model}, on ${provider}\n`;
  const why = declined.map(({ provider, reason }) => `  not on ${provider}: ${printable(reason ?? '')}\n`);
  const hint = declined.length > 0 ? '  (cochlea doctor says what to do about it)\n' : '';
  return head + why.join('') + hint;
}

function tensorsOf(clips: readonly EmbeddedSource[]): Record<string, Tensor> {
  const pieces = clips.flatMap(({ embeddings }) => embeddings.pieces.flat());
  return {
    audio_features: joined(clips.map(({ embeddings }) => embeddings.audioFeatures)),
    tokens: int64(clips.map(tokensOf)),
    piece_tokens: int64(pieces.map(({ tokens }) => tokens)),
    piece_starts: int64(pieces.map(({ startSample }) => startSample)),
  };
}

/** Joins tensors of rows of one width. */
function joined(parts: readonly AudioEmbeddings['audioFeatures'][]): Tensor {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const [, dimension = 0] = first?.shape ?? [];
  const rows = parts.reduce((sum, { shape: [own = 0] }) => sum + own, 0);
  const dtype = first?.dtype ?? 'float32';
  const data = dtype === 'float32' ? new Float32Array(rows * dimension) : new Uint16Array(rows * dimension);
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { data, shape: [rows, dimension], dtype };
}

function int64(values: readonly number[]): Tensor {
  return { data: BigInt64Array.from(values, BigInt), shape: [values.length], dtype: 'int64' };
}

/** Values as text, which the format needs. */
function metadataOf(clips: readonly EmbeddedSource[], spec: TowerSpec): Record<string, string> {
  return {
    files: JSON.stringify(clips.map(({ file }) => nameOf(file))),
    architecture: spec.architecture,
    sample_rate: String(spec.features.sampleRate),
    samples_per_token: String(spec.samplesPerToken),
  };
}

function tokensOf({ embeddings }: EmbeddedSource): number {
  return embeddings.tokens[0] ?? 0;
}

function rowOf({ file, audio, embeddings, milliseconds }: EmbeddedSource, output: string, provider: Provider): Row {
  const { shape, dtype } = embeddings.audioFeatures;
  const { duration, source, damage } = audio;
  const pieces = embeddings.pieces[0] ?? [];
  const facts = { shape, dtype, tokens: shape[0] ?? 0, pieces, provider, duration, milliseconds };
  return { file, ok: true, output, ...facts, source, damage };
}

function cells(row: Row): string[] {
  return [
    printable(row.file),
    printable(row.output),
    shape(row.shape),
    row.dtype,
    String(row.pieces.length),
    duration(row.duration),
    `${row.milliseconds.toFixed(1)} ms`,
  ];
}
