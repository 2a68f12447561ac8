import { isBigInt64Array, isFloat32Array, isInt32Array, isUint8Array, isUint16Array } from 'node:util/types';
import { typeError } from '../checks.js';

/** Element types, named as in NumPy. */
export type DType = 'float32' | 'float16' | 'bfloat16' | 'int32' | 'int64' | 'uint16' | 'bool';

/**
 * A flat buffer of elements, its shape in row-major (C) order, and its element type. All floors exchange data in this
 * form.
 */
export interface Tensor<Data extends ArrayBufferView = ArrayBufferView> {
  /** Elements in row-major order; `data.length` is the product of `shape` (1 for a scalar). */
  readonly data: Data;
  /** Size of each axis, outermost first. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly dtype: DType;
}

/** The class of `data` for each type. A 16-bit float is stored as its bits, a truth value as 0 or 1. */
export const typedArrays = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint16: Uint16Array,
  bool: Uint8Array,
} as const satisfies Record<DType, unknown>;

type AnyTypedArray = Float32Array | Uint16Array | Int32Array | BigInt64Array | Uint8Array;

/** Whether a value is such an array, of whatever realm. */
export const isOfType: Readonly<Record<DType, (value: unknown) => value is AnyTypedArray>> = {
  float32: isFloat32Array,
  float16: isUint16Array,
  bfloat16: isUint16Array,
  int32: isInt32Array,
  int64: isBigInt64Array,
  uint16: isUint16Array,
  bool: isUint8Array,
};

const dtypes = Object.keys(typedArrays) as DType[];

/**
 * Checks a tensor that a caller passes as `name`.
 *
 * @throws {TypeError} A field has the wrong type, or the shape does not match the number of elements.
 */
export function checkTensor(name: string, tensor: Tensor): Tensor {
  if (typeof tensor !== 'object' || tensor === null) throw typeError(name, 'a tensor', tensor);
  const { data, shape, dtype } = tensor;
  if (!dtypes.includes(dtype)) throw typeError(`${name}.dtype`, `one of ${dtypes.join(', ')}`, dtype);
  if (!isOfType[dtype](data)) throw typeError(`${name}.data`, `a ${typedArrays[dtype].name}, for ${dtype}`, data);
  const size = Array.isArray(shape) ? sizeOf(shape) : null;
  if (size === null) throw typeError(`${name}.shape`, 'an array of whole numbers', shape);
  if (size !== data.length) throw new TypeError(`${name}.data must have ${size} elements, got ${data.length}`);
  return tensor;
}

/** The number of elements of a shape; null if it is not a shape of whole numbers, or too large to count. */
export function sizeOf(shape: readonly unknown[]): number | null {
  let size = 1;
  for (const axis of shape) {
    size *= Number.isSafeInteger(axis) && (axis as number) >= 0 ? (axis as number) : Number.NaN;
    if (!Number.isSafeInteger(size)) return null;
  }
  return size;
}
