import { littleEndian } from './little_endian.js';
import type { DType, Tensor } from './tensor.js';

/** NumPy's names of element types: little-endian. Of bfloat16 it knows nothing. */
const types: Record<DType, string | undefined> = {
  float32: '<f4',
  float16: '<f2',
  bfloat16: undefined,
  int32: '<i4',
  int64: '<i8',
  uint16: '<u2',
  bool: '|b1',
};

/**
 * A tensor as a NumPy file, format 1.0: `numpy.load(path)` gives an array of the same shape and type.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @throws {TypeError} NumPy has no such type.
 */
export function npy(tensor: Tensor): Iterable<Uint8Array> {
  return chunks(npyHeader(tensor), tensor);
}

function* chunks(header: Uint8Array, tensor: Tensor): Generator<Uint8Array> {
  yield header;
  yield* littleEndian(tensor);
}

/** C order; its length is a multiple of 64, so that the data can be mapped. */
export function npyHeader({ shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>): Uint8Array {
  const descr = types[dtype];
  if (descr === undefined) throw new TypeError(`NumPy has no ${dtype}: write a safetensors file`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // As NumPy writes it: with room for the first axis to grow to 21 digits, and with a space at least.
  const growth = shape.length === 0 ? 0 : 21 - String(shape[0]).length;
  const preamble = 10;
  const length = (Math.floor((preamble + dict.length + growth + 1) / 64) + 1) * 64;
  const header = Buffer.alloc(length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length - preamble, 8);
  header.write(dict, preamble, 'latin1');
  header.write('\n', length - 1, 'latin1');
  return header;
}
