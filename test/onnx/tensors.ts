import type { Tensor } from '../../dist/index.js';

export function float32(data: readonly number[] | Float32Array, ...shape: number[]): Tensor<Float32Array> {
  return { data: Float32Array.from(data), shape, dtype: 'float32' };
}

/** Rows of 1024 for the `slow` model. */
export function rows(count = 64, value = 1): Tensor<Float32Array> {
  return float32(new Float32Array(count * 1024).fill(value), count, 1024);
}
