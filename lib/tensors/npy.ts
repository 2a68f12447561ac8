import { isUint8Array } from 'node:util/types';
import { typeError } from '../checks.js';
import { fromLittleEndian, littleEndian } from './little_endian.js';
import { invalidNpy, npyHeader, readNpyHeader } from './npy_header.js';
import { checkTensor, sizeOf, type Tensor, typedArrays } from './tensor.js';

/**
 * The bytes of a NumPy file, piece by piece: `await writeFile('a.npy', writeNpy(tensor))`, then `numpy.load('a.npy')`
 * gives an array of the same shape and type. The bytes equal those of `numpy.save` (format 1.0, little-endian, C
 * order). float16 is given and written as its bits.
 *
 * The elements are not copied: leave them unchanged until everything is written.
 *
 * @throws {TypeError} The tensor is not valid, or is bfloat16, which NumPy does not have: write a safetensors file (at
 * the call).
 */
export function writeNpy(tensor: Tensor): Iterable<Uint8Array> {
  return pieces(npyHeader(checkTensor('tensor', tensor)), tensor);
}

function* pieces(header: Uint8Array, tensor: Tensor): Generator<Uint8Array> {
  yield header;
  yield* littleEndian(tensor);
}

/**
 * Reads a whole NumPy file, format 1.0, 2.0 or 3.0, of little-endian elements in C order. The file may come from an
 * untrusted sender: every length is checked before it is used, and no Python object is ever read.
 *
 * @returns The array, with `dtype` float32, float16 (as bits), int32, int64, uint16 or bool. `data` is a view of
 * `bytes`, or a copy where the elements are not aligned in memory.
 * @throws {TypeError} `bytes` is not a `Uint8Array`.
 * @throws {TensorsInvalidError} The bytes are not a NumPy file, are cut or damaged, or hold an array in Fortran order
 * or of another type. The message says how to save the array instead.
 */
export function readNpy(bytes: Uint8Array): Tensor {
  if (!isUint8Array(bytes)) throw typeError('bytes', 'a Uint8Array', bytes);
  const { dtype, shape, length } = readNpyHeader(bytes);
  const size = sizeOf(shape);
  if (size === null) throw invalidNpy(`its shape (${shape.join(', ')}) has too many elements`);
  const needed = size * typedArrays[dtype].BYTES_PER_ELEMENT;
  const given = bytes.length - length;
  if (given !== needed) throw invalidNpy(`its shape needs ${needed} bytes of elements, and it has ${given}`);
  return { data: fromLittleEndian(bytes.subarray(length), dtype), shape, dtype };
}
