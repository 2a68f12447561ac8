import { writeNpy } from '../../tensors/npy.js';
import { writeSafetensors } from '../../tensors/safetensors.js';
import type { Tensor } from '../../tensors/tensor.js';
import { type Failure, failureOf } from '../failure.js';
import { inOrder } from '../in_order.js';
import type { Planned, TensorFormat, TensorPlan } from './output_plan.js';

/** How a command makes tensors from sources. */
export interface TensorWork<Item, Row> {
  /** Reads one source. */
  read(file: string): Promise<Item>;
  /** Called when a source has been read, or has failed. */
  done(file: string): void;
  /** Writes one output file that holds all these items. Returns the row to print for each. */
  write(items: readonly Item[], output: Planned<TensorFormat>): Promise<Row[]>;
}

/** Works on all sources, `jobs` at a time, and yields their results in order. */
export async function* produce<Item, Row>(
  { outputs, together }: TensorPlan,
  jobs: number,
  work: TensorWork<Item, Row>,
  signal: AbortSignal,
): AsyncGenerator<Row | Failure> {
  const groups = together ? [outputs] : outputs.map((output) => [output]);
  const [files, sources] = together ? [1, jobs] : [jobs, 1];
  for await (const results of inOrder(groups, files, (group) => produceOne(group, sources, work, signal))) {
    yield* results;
  }
}

/** Makes one output file. Sources that fail are left out. */
async function produceOne<Item, Row>(
  group: readonly Planned<TensorFormat>[],
  jobs: number,
  work: TensorWork<Item, Row>,
  signal: AbortSignal,
): Promise<(Row | Failure)[]> {
  const read = async ({ file }: Planned<TensorFormat>) => {
    try {
      return { file, item: await work.read(file) };
    } catch (error) {
      return failureOf(file, error, signal);
    } finally {
      work.done(file);
    }
  };
  const results: Awaited<ReturnType<typeof read>>[] = [];
  for await (const result of inOrder(group, jobs, read)) results.push(result);
  const good = results.flatMap((result) => ('item' in result ? [result] : []));
  const rows = await written(good, group[0] as Planned<TensorFormat>, work, signal);
  let next = 0;
  return results.map((result) => ('item' in result ? (rows[next++] as Row | Failure) : result));
}

async function written<Item, Row>(
  good: readonly { file: string; item: Item }[],
  output: Planned<TensorFormat>,
  work: TensorWork<Item, Row>,
  signal: AbortSignal,
): Promise<(Row | Failure)[]> {
  if (good.length === 0) return [];
  try {
    return await work.write(
      good.map(({ item }) => item),
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
