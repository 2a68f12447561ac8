import type { Tensor } from '../tensor.js';
import { littleEndian } from './bytes.js';

/**
 * A tensor as a NumPy file, format 1.0: `numpy.load(path)` gives an array of the same shape.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function* npy(tensor: Tensor<Float32Array>): Generator<Uint8Array> {
  yield npyHeader(tensor.shape);
  yield* littleEndian(tensor.data);
}

/** The header of little-endian float32 in C order; its length is a multiple of 64, so that the data can be mapped. */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const preamble = 10;
  const length = Math.ceil((preamble + dict.length + 1) / 64) * 64;
  const header = Buffer.alloc(length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length - preamble, 8);
  header.write(dict, preamble, 'latin1');
  header.write('\n', length - 1, 'latin1');
  return header;
}
