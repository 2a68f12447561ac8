import { endianness } from 'node:os';

/** Samples per block that is written at once: 16 MiB, so that converting a long file takes little memory. */
const blockLength = 4 * 1024 ** 2;

/** The bytes of float32 samples, little-endian on any machine; not copied where the machine is. */
export function* littleEndian(data: Float32Array): Generator<Uint8Array> {
  for (let start = 0; start < data.length; start += blockLength) {
    yield littleEndianBlock(data.subarray(start, start + blockLength));
  }
}

function littleEndianBlock(block: Float32Array): Uint8Array {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}
