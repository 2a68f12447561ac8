import { type Command, Option } from 'commander';
import type { AudioTower, EmbedOptions } from '../../tower/index.js';
import {
  dynamoTransferRequest,
  type FileDescriptor,
  FileSender,
  type InlineDescriptor,
  InlineSender,
  type TensorSender,
  vllmAudioEmbeds,
} from '../../transfer/index.js';
import { damageLines } from '../damage.js';
import { type Failure, failureLines, failureOf } from '../failure.js';
import { inOrder } from '../in_order.js';
import { seconds } from '../options.js';
import type { Progress } from '../progress.js';
import type { Sources } from '../sources.js';
import { orUsageError } from '../usage.js';

/** What commander hands over for the options below. */
export interface HandOverFlags {
  readonly transfer?: 'inline' | 'file';
  readonly layout?: 'vllm' | 'dynamo';
  readonly folder?: string;
  readonly lease?: number;
}

/** Seconds: whoever pastes a request into another program takes longer than a program does. */
const defaultLease = 600;

export function addHandOver(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--transfer <mode>',
        'in place of --output: inline, the embeddings in base64; file, in shared memory; prints what to send',
      ).choices(['inline', 'file']),
    )
    .addOption(
      new Option(
        '--layout <who>',
        'vllm: print the part of a chat message; dynamo: the TransferRequest (default: the descriptor)',
      ).choices(['vllm', 'dynamo']),
    )
    .option('--folder <path>', 'of --transfer file (default: one for this user in /dev/shm)')
    .option('--lease <s>', `how long the file is kept for its receiver (default: ${defaultLease})`, seconds);
}

type Sender = TensorSender<InlineDescriptor | FileDescriptor>;

/** What hands the embeddings over; a wrong combination of options is a usage error. */
export function senderFor(command: Command, { transfer, layout, folder, lease }: HandOverFlags): Sender {
  return orUsageError(command, () => {
    if (transfer === undefined) throw new TypeError('--output or --transfer must say where to');
    if (transfer === 'file') return new FileSender({ folder, layout: layout ?? 'dynamo' });
    if (folder !== undefined || lease !== undefined)
      throw new TypeError('--folder and --lease go with --transfer file');
    if (layout === 'dynamo') throw new TypeError('Dynamo takes no tensors inline: use --transfer file');
    return new InlineSender({ format: layout === 'vllm' ? 'torch' : 'safetensors' });
  });
}

export interface HandOver {
  readonly tower: AudioTower;
  readonly sources: Sources;
  readonly sender: Sender;
  readonly options: EmbedOptions;
  readonly jobs: number;
  readonly signal: AbortSignal;
}

interface Sent {
  readonly file: string;
  readonly ok: true;
  readonly tokens: number;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** What goes to the receiver. */
  readonly request: unknown;
  readonly damage: string;
}

/** Embeds each file, and prints what its receiver needs: a JSON line each. The files stay until their lease is over. */
export async function handOver(
  files: readonly string[],
  flags: HandOverFlags & { readonly json?: true },
  progress: Progress,
  over: HandOver,
): Promise<void> {
  for await (const result of inOrder(files, over.jobs, (file) => one(file, flags, over))) {
    progress.done(result.file);
    if (!result.ok) {
      process.exitCode = 1;
      if (!flags.json) progress.say(failureLines(result));
    } else progress.say(result.damage);
    if (flags.json) {
      const { damage: _, ...row } = result as Sent;
      process.stdout.write(`${JSON.stringify(row)}\n`);
    } else if (result.ok) process.stdout.write(`${JSON.stringify(result.request)}\n`);
  }
}

async function one(file: string, flags: HandOverFlags, over: HandOver): Promise<Sent | Failure> {
  const { tower, sources, sender, options, signal } = over;
  try {
    const audio = await sources.decode(file, { signal });
    const { audioFeatures } = await tower.embed(audio, { ...options, signal });
    const { lease = defaultLease } = flags;
    const { descriptor } = await sender.send(audioFeatures, { lease, signal });
    const { shape, dtype } = audioFeatures;
    const request = inTheWordsOf[flags.layout ?? 'cochlea'](descriptor);
    return { file, ok: true, tokens: shape[0] ?? 0, shape, dtype, request, damage: damageLines(file, audio.damage) };
  } catch (error) {
    return failureOf(file, error, signal);
  }
}

const inTheWordsOf = {
  cochlea: (descriptor: InlineDescriptor | FileDescriptor): unknown => descriptor,
  vllm: vllmAudioEmbeds,
  dynamo: (descriptor: InlineDescriptor | FileDescriptor) => dynamoTransferRequest(descriptor as FileDescriptor),
};
