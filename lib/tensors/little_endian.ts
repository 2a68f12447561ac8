import { endianness } from 'node:os';
import { type DType, type Tensor, typedArrays } from './tensor.js';

/** Bytes per block: 16 MiB, so that converting a long file takes little memory. */
const blockBytes = 16 * 1024 ** 2;

/** The elements of a tensor as little-endian bytes. Copied only on big-endian machines. */
export function* littleEndian({ data, dtype }: Tensor): Generator<Uint8Array> {
  for (let start = 0; start < data.byteLength; start += blockBytes) {
    const length = Math.min(blockBytes, data.byteLength - start);
    const block = Buffer.from(data.buffer, data.byteOffset + start, length);
    yield endianness() === 'LE' ? block : swapped(Buffer.from(block), dtype);
  }
}

/** Elements from little-endian bytes: a view of the bytes if the machine and their alignment allow it, else a copy. */
export function fromLittleEndian(bytes: Uint8Array, dtype: DType): ArrayBufferView {
  const TypedArray = typedArrays[dtype];
  const size = TypedArray.BYTES_PER_ELEMENT;
  const usable = endianness() === 'LE' && bytes.byteOffset % size === 0;
  const { buffer, byteOffset, byteLength } = usable ? bytes : copied(bytes, dtype);
  return new TypedArray(buffer as ArrayBuffer, byteOffset, byteLength / size);
}

function copied(bytes: Uint8Array, dtype: DType): Uint8Array {
  const copy = Buffer.from(Uint8Array.from(bytes).buffer);
  return endianness() === 'LE' ? copy : swapped(copy, dtype);
}

/** In place. */
function swapped(bytes: Buffer, dtype: DType): Buffer {
  const size = typedArrays[dtype].BYTES_PER_ELEMENT;
  if (size === 2) return bytes.swap16();
  if (size === 4) return bytes.swap32();
  return size === 8 ? bytes.swap64() : bytes;
}
