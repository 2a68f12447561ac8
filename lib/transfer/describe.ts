import { shown, typeError } from '../checks.js';
import { checkAttached } from '../native/memory.js';
import { type DType, isOfType, type Tensor, typedArrays } from '../tensors/tensor.js';
import { digestOf } from './digest.js';
import type { DescriptorBase } from './types.js';

/** What all descriptors say of a tensor. */
export type TensorFacts = Pick<DescriptorBase, 'shape' | 'dtype' | 'size' | 'digest'>;

/** @throws {TypeError} It is no tensor, or its shape does not fit its data. */
export function checkTensor(tensor: Tensor): Tensor {
  if (typeof tensor !== 'object' || tensor === null) throw typeError('tensor', 'a tensor', tensor);
  const { data, shape, dtype } = tensor;
  if (!Object.hasOwn(typedArrays, dtype)) {
    throw typeError('tensor.dtype', `one of ${Object.keys(typedArrays).join(', ')}`, dtype);
  }
  if (!isOfType[dtype](data)) throw typeError('tensor.data', `a ${typedArrays[dtype].name}, for ${dtype}`, data);
  checkAttached('tensor.data', data.buffer);
  const size = sizeOf(shape, dtype);
  if (size === undefined) throw typeError('tensor.shape', 'an array of whole numbers', shape);
  if (size !== data.byteLength) {
    throw new TypeError(`tensor.shape ${shown(shape.join(' × '))} does not fit tensor.data of ${data.length} elements`);
  }
  return { data, shape: [...shape], dtype };
}

/** Bytes of a tensor; `undefined` if the shape is none, or too large for any memory. */
export function sizeOf(shape: unknown, dtype: DType): number | undefined {
  if (!Array.isArray(shape)) return undefined;
  let size = typedArrays[dtype].BYTES_PER_ELEMENT;
  for (const axis of shape) {
    if (!Number.isSafeInteger(axis) || axis < 0) return undefined;
    size *= axis;
    if (!Number.isSafeInteger(size)) return undefined;
  }
  return size;
}

/** Reads every element once, on Cochlea's threads. */
export async function factsOf(tensor: Tensor, signal: AbortSignal | undefined): Promise<TensorFacts> {
  const { shape, dtype, data } = tensor;
  return { shape, dtype, size: data.byteLength, digest: await digestOf(tensor, signal) };
}
