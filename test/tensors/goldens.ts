import { readFileSync } from 'node:fs';
import type { DType, Tensor } from '../../dist/index.js';
import { typedArrays } from '../../dist/tensors/tensor.js';

/** A file of a Python package, and what is in it: tools/goldens/make_tensors.py. */
export interface Golden {
  readonly bytes: string;
  readonly metadata: Record<string, string>;
  readonly tensors: Record<string, { dtype: DType; shape: number[]; values: (number | string | boolean)[] }>;
}

const goldens = Object.entries(
  JSON.parse(readFileSync(new URL('../fixtures/tensors.json', import.meta.url), 'utf8')) as Record<string, Golden>,
);

export const ofSafetensors = goldens.filter(([name]) => !/^(other )?npy /.test(name));
export const ofNpy = goldens.filter(([name]) => name.startsWith('npy '));
/** Files that NumPy writes, of arrays that Cochlea does not read. */
export const ofOtherNpy = goldens.filter(([name]) => name.startsWith('other npy '));

function tensorOf({ dtype, shape, values }: Golden['tensors'][string]): Tensor {
  if (dtype === 'int64') return { dtype, shape, data: BigInt64Array.from(values as string[], BigInt) };
  return { dtype, shape, data: typedArrays[dtype].from(values as number[], Number) };
}

export function tensorsOf(golden: Golden): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(golden.tensors).map(([name, each]) => [name, tensorOf(each)]));
}

export function bytesOf(chunks: Iterable<Uint8Array>): Buffer {
  return Buffer.concat([...chunks]);
}

/** A copy of the bytes that begins at `offset` of its buffer. */
export function movedTo(offset: number, bytes: Uint8Array): Uint8Array {
  const moved = new Uint8Array(new ArrayBuffer(offset + bytes.length), offset);
  moved.set(bytes);
  return moved;
}
