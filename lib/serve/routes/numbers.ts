import type { Tensor } from '../../tensors/tensor.js';

/** The elements of embeddings as numbers. Those of 16 bits are converted, which changes none. */
export function numbersOf({ data, dtype }: Tensor): Float32Array {
  if (dtype === 'float32') return data as Float32Array;
  const bits = data as Uint16Array;
  return dtype === 'bfloat16' ? fromBfloat16(bits) : Float32Array.from(bits, fromFloat16);
}

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = Uint32Array.from(bits, (upper) => upper << 16);
  return new Float32Array(words.buffer);
}

/** IEEE 754 half precision: a sign, 5 bits of exponent, 10 of fraction. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
