import { writeNpy } from '../../tensors/npy.js';
import { writeSafetensors } from '../../tensors/safetensors.js';
import type { Tensor } from '../../tensors/tensor.js';
import { batch } from '../batch.js';
import { type Failure, failureOf } from '../failure.js';
import type { Planned, TensorFormat, TensorPlan } from './output.js';

/** How a command makes tensors of sources. */
export interface TensorWork<Clip, Row> {
  /** What one source gives. */
  read(file: string): Promise<Clip>;
  /** Told when a source has been read, or failed. */
  done(file: string): void;
  /** Writes one output file that holds all of these; what is printed of each. */
  write(clips: readonly Clip[], output: Planned<TensorFormat>): Promise<Row[]>;
}

/** Works on all sources, `jobs` at a time, and yields in their order what became of each. */
export async function* produce<Clip, Row>(
  { outputs, together }: TensorPlan,
  jobs: number,
  work: TensorWork<Clip, Row>,
  signal: AbortSignal,
): AsyncGenerator<Row | Failure> {
  const groups = together ? [outputs] : outputs.map((output) => [output]);
  const [files, sources] = together ? [1, jobs] : [jobs, 1];
  for await (const results of batch(groups, files, (group) => produceOne(group, sources, work, signal))) {
    yield* results;
  }
}

/** One output file. Sources that fail are left out of it. */
async function produceOne<Clip, Row>(
  group: readonly Planned<TensorFormat>[],
  jobs: number,
  work: TensorWork<Clip, Row>,
  signal: AbortSignal,
): Promise<(Row | Failure)[]> {
  const read = async ({ file }: Planned<TensorFormat>) => {
    try {
      return { file, clip: await work.read(file) };
    } catch (error) {
      return failureOf(file, error, signal);
    } finally {
      work.done(file);
    }
  };
  const results: Awaited<ReturnType<typeof read>>[] = [];
  for await (const result of batch(group, jobs, read)) results.push(result);
  const good = results.flatMap((result) => ('clip' in result ? [result] : []));
  const rows = await written(good, group[0] as Planned<TensorFormat>, work, signal);
  let next = 0;
  return results.map((result) => ('clip' in result ? (rows[next++] as Row | Failure) : result));
}

async function written<Clip, Row>(
  good: readonly { file: string; clip: Clip }[],
  output: Planned<TensorFormat>,
  work: TensorWork<Clip, Row>,
  signal: AbortSignal,
): Promise<(Row | Failure)[]> {
  if (good.length === 0) return [];
  try {
    return await work.write(
      good.map(({ clip }) => clip),
      output,
    );
  } catch (error) {
    return good.map(({ file }) => failureOf(file, error, signal));
  }
}

/** The bytes of an output file. npy holds one tensor, the first. */
export function tensorFile(
  format: TensorFormat,
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>>,
): Iterable<Uint8Array> {
  return format === 'npy' ? writeNpy(Object.values(tensors)[0] as Tensor) : writeSafetensors(tensors, metadata);
}
