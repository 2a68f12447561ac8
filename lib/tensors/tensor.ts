import { isBigInt64Array, isFloat32Array, isInt32Array, isUint8Array, isUint16Array } from 'node:util/types';

/** Element types, named as in NumPy. */
export type DType = 'float32' | 'float16' | 'bfloat16' | 'int32' | 'int64' | 'uint16' | 'bool';

/** What every floor hands over: a flat buffer, its shape in row-major (C) order, and its element type. */
export interface Tensor<Data extends ArrayBufferView = ArrayBufferView> {
  /** Elements in row-major order; `data.length` is the product of `shape` (1 for a scalar). */
  readonly data: Data;
  /** Size of each axis, outermost first. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly dtype: DType;
}

/** What holds the elements of each type. Of 16-bit floats it holds the bits, and of truth values 0 and 1. */
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
