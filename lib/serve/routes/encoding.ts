import { base64Of } from '../../tensors/base64.js';
import { littleEndian } from '../../tensors/little_endian.js';
import type { Tensor } from '../../tensors/tensor.js';
import { numbersOf } from './numbers.js';

/** How the elements of embeddings are written. */
export interface Encoding {
  readonly format: 'float' | 'base64' | 'bytes';
  readonly endianness: 'little' | 'big';
}

/** The elements in C order. */
export function embeddingBytes(tensor: Tensor, { endianness }: Pick<Encoding, 'endianness'>): Buffer {
  const bytes = Buffer.concat([...littleEndian(tensor)]);
  if (endianness === 'little') return bytes;
  return tensor.dtype === 'float32' ? bytes.swap32() : bytes.swap16();
}

/** Embeddings [tokens, dimension] as a value of JSON: base64, or a list of lists of numbers. */
export async function* jsonValue(tensor: Tensor, encoding: Encoding): AsyncGenerator<string> {
  if (encoding.format !== 'float') {
    yield `"${await base64Of([embeddingBytes(tensor, encoding)], undefined)}"`;
    return;
  }
  const [tokens = 0, dimension = 0] = tensor.shape;
  const numbers = numbersOf(tensor);
  yield '[';
  for (let token = 0; token < tokens; token++) {
    // A row takes about a millisecond.
    await new Promise(setImmediate);
    const row = Array.from(numbers.subarray(token * dimension, (token + 1) * dimension));
    yield `${token > 0 ? ',' : ''}${JSON.stringify(row)}`;
  }
  yield ']';
}
