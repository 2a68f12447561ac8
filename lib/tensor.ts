/** Element types, named as in NumPy. */
export type DType = 'float32' | 'float16' | 'bfloat16' | 'int32' | 'int64' | 'uint16' | 'bool';

/** What every floor hands over: a flat buffer, its shape in row-major (C) order, and its element type. */
export interface Tensor<Data extends ArrayBufferView = ArrayBufferView> {
  /** Elements in row-major order; `data.length` is the product of `shape` (1 for a scalar). */
  readonly data: Data;
  /** Size of each axis, outermost first. */
  readonly shape: readonly number[];
  readonly dtype: DType;
}
