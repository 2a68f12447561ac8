import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AudioFeatures } from '../../dist/features/index.js';
import { writeModel } from '../../dist/onnx/writer/model.js';

/**
 * A tower of which the result shows what went in: value d of token t is mel bin d of frame 4t of that very clip, plus a
 * thousandth of the batch's size for the last d, all of it times `scale`. So whoever gets rows of another clip, or of another place, sees it.
 */
export const visibleDimension = 128;

function visibleModel(scale: number): Uint8Array {
  const int64 = (name: string, ...values: bigint[]) => {
    return { name, dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values) } as const;
  };
  return writeModel({
    name: 'visible',
    inputs: [
      { name: 'input_features', dtype: 'float32', shape: ['batch', 128, 3000] },
      { name: 'feature_attention_mask', dtype: 'int64', shape: ['batch', 3000] },
    ],
    outputs: [
      { name: 'audio_features', dtype: 'float32', shape: ['batch', 750, visibleDimension] },
      { name: 'audio_feature_lengths', dtype: 'int64', shape: ['batch'] },
    ],
    initializers: [
      int64('from', 0n, 0n),
      int64('to', BigInt(visibleDimension), 3000n),
      int64('axes', 1n, 2n),
      int64('steps', 1n, 4n),
      int64('row', 1n),
      int64('one', 1n),
      int64('two', 2n),
      int64('first', 0n),
      { name: 'scale', dtype: 'float32', shape: [1], data: Float32Array.of(scale) },
      { name: 'thousandth', dtype: 'float32', shape: [1], data: Float32Array.of(0.001) },
      {
        name: 'last',
        dtype: 'float32',
        shape: [visibleDimension],
        data: Float32Array.from({ length: visibleDimension }, (_, d) => Number(d === visibleDimension - 1)),
      },
    ],
    nodes: [
      { op: 'Slice', inputs: ['input_features', 'from', 'to', 'axes', 'steps'], outputs: ['sliced'] },
      { op: 'Transpose', inputs: ['sliced'], outputs: ['turned'], attributes: { perm: [0n, 2n, 1n] } },
      { op: 'Shape', inputs: ['input_features'], outputs: ['shape'] },
      { op: 'Gather', inputs: ['shape', 'first'], outputs: ['size'] },
      { op: 'Cast', inputs: ['size'], outputs: ['size_float'], attributes: { to: 1n } },
      { op: 'Mul', inputs: ['size_float', 'thousandth'], outputs: ['mark'] },
      { op: 'Mul', inputs: ['mark', 'last'], outputs: ['marks'] },
      { op: 'Add', inputs: ['turned', 'marks'], outputs: ['marked'] },
      { op: 'Mul', inputs: ['marked', 'scale'], outputs: ['audio_features'] },
      { op: 'ReduceSum', inputs: ['feature_attention_mask', 'row'], outputs: ['frames'], attributes: { keepdims: 0n } },
      { op: 'Add', inputs: ['frames', 'one'], outputs: ['next'] },
      { op: 'Div', inputs: ['next', 'two'], outputs: ['positions'] },
      { op: 'Div', inputs: ['positions', 'two'], outputs: ['audio_feature_lengths'] },
    ],
  });
}

/** A folder with the model, until it is disposed of. */
export function visibleTower(scale = 1): { readonly path: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-tower-'));
  const path = join(folder, 'visible.onnx');
  writeFileSync(path, visibleModel(scale));
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** Features of clips, each a seed and its valid frames: of mel bin d, frame f is `seed + d / 16 + f / 4096`. */
export function featuresOf(clips: readonly (readonly [seed: number, frames: number])[]): AudioFeatures {
  const data = new Float32Array(clips.length * 128 * 3000);
  const mask = new Int32Array(clips.length * 3000);
  for (const [i, [seed, frames]] of clips.entries()) {
    for (let d = 0; d < 128; d++) {
      for (let f = 0; f < 3000; f++) data[(i * 128 + d) * 3000 + f] = seed + d / 16 + f / 4096;
    }
    mask.fill(1, i * 3000, i * 3000 + frames);
  }
  return {
    inputFeatures: { data, shape: [clips.length, 128, 3000], dtype: 'float32' },
    featureAttentionMask: { data: mask, shape: [clips.length, 3000], dtype: 'int32' },
    frames: clips.map(([, frames]) => frames),
  };
}

/** The rows that the tower makes of such a clip, but for what the size of the batch adds; `wrong` counts the others. */
export function wrongRows(rows: Float32Array, seed: number): number {
  let wrong = 0;
  for (let token = 0; token * visibleDimension < rows.length; token++) {
    for (let d = 0; d < visibleDimension - 1; d++) {
      const expected = Math.fround(seed + d / 16 + (4 * token) / 4096);
      if (rows[token * visibleDimension + d] !== expected) wrong++;
    }
  }
  return wrong;
}

/** How many clips ran together with the one that has these rows, what filled the batch up included. */
export function batchSize(rows: Float32Array, seed: number): number {
  const last = rows[visibleDimension - 1] as number;
  return Math.round((last - seed - (visibleDimension - 1) / 16) * 1000);
}
