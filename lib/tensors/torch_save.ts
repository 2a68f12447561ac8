import { crc32 } from 'node:zlib';
import { littleEndian } from './little_endian.js';
import { checkTensor, type DType, type Tensor, typedArrays } from './tensor.js';

/**
 * PyTorch's names of storages. uint16 has none: PyTorch writes such tensors in another way, which language-model servers
 * have no use for.
 */
const storages: Record<DType, string | undefined> = {
  float32: 'FloatStorage',
  float16: 'HalfStorage',
  bfloat16: 'BFloat16Storage',
  int32: 'IntStorage',
  int64: 'LongStorage',
  bool: 'BoolStorage',
  uint16: undefined,
};

/** The elements of a record begin at a multiple of it, so that PyTorch can map the file. */
const alignment = 64;
/** Bytes that are checksummed at once, so that the event loop gets its turn between two of them. */
const blockBytes = 1024 ** 2;
/** What fits the 32-bit fields of a ZIP file, less what stands around the elements. */
const mostBytes = 2 ** 32 - 2 ** 16;
/** PyTorch's hash over the names of the records below, which are always the same. */
const hashOfNames = '15728199511854643026';

/**
 * The bytes that `torch.save(tensor, file)` of PyTorch 2.15 writes, piece by piece: `torch.load(file,
 * weights_only=True)` of any PyTorch since 1.6 reads them. The elements are not copied: leave them as they are until
 * everything is written.
 *
 * It is a ZIP file without compression: a pickle of protocol 2 that describes the tensor, and its elements.
 * https://github.com/pytorch/pytorch/blob/main/caffe2/serialize/inline_container.cc
 *
 * @throws {TypeError} At the call: it is no tensor, or PyTorch's format has no such element type (uint16).
 * @throws {RangeError} At the call: the tensor has 4 GiB or more.
 */
export function torchSave(tensor: Tensor): Iterable<Uint8Array> {
  checkTensor('tensor', tensor);
  const storage = storages[tensor.dtype];
  if (storage === undefined) throw new TypeError(`torch.save of ${tensor.dtype} is not supported: convert it first`);
  if (tensor.data.byteLength > mostBytes) {
    throw new RangeError(`torch.save takes tensors of up to ${mostBytes} bytes, got ${tensor.data.byteLength}`);
  }
  return new Archive().write(tensor, storage);
}

/** A record that was written, for the directory at the end. */
interface Entry {
  readonly name: Buffer;
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

class Archive {
  readonly #entries: Entry[] = [];
  #position = 0;
  /** PyTorch's hash over the checksums, which becomes part of an identifier. */
  #hash = 0n;

  *write(tensor: Tensor, storage: string): Generator<Uint8Array> {
    yield* this.#text('data.pkl', pickleOf(tensor, storage));
    yield* this.#text('.format_version', '1');
    yield* this.#text('.storage_alignment', String(alignment));
    yield* this.#text('byteorder', 'little');
    yield* this.#record('data/0', tensor.data.byteLength, blocksOf(tensor));
    yield* this.#text('version', '3\n');
    yield* this.#text('.data/serialization_id', `${hashOfNames}${String(this.#hash).padStart(20, '0')}`);
    yield this.#directory();
  }

  #text(name: string, text: string): Generator<Uint8Array> {
    const bytes = Buffer.from(text, 'latin1');
    return this.#record(name, bytes.length, [bytes]);
  }

  *#record(record: string, size: number, blocks: Iterable<Uint8Array>): Generator<Uint8Array> {
    const name = Buffer.from(`archive/${record}`);
    const offset = this.#position;
    yield this.#counted(localHeader(name, offset));
    let crc = 0;
    for (const block of blocks) {
      crc = crc32(block, crc);
      yield this.#counted(block);
    }
    this.#entries.push({ name, offset, size, crc });
    this.#hash = combined(this.#hash, BigInt(crc));
    yield this.#counted(numbers([0x08074b50, crc, size, size]));
  }

  #directory(): Uint8Array {
    const start = this.#position;
    const entries = Buffer.concat(this.#entries.map(directoryEntry));
    const count = this.#entries.length;
    const end = start + entries.length;
    // The 64-bit form comes first, which PyTorch writes for files of any size.
    const zip64 = Buffer.alloc(56);
    zip64.writeUInt32LE(0x06064b50);
    zip64.writeBigUInt64LE(44n, 4);
    zip64.writeUInt16LE(0x031e, 12);
    zip64.writeUInt16LE(45, 14);
    [count, count, entries.length, start].forEach((value, index) => {
      zip64.writeBigUInt64LE(BigInt(value), 24 + 8 * index);
    });
    const locator = numbers([0x07064b50, 0, end, 0, 1]);
    const trailer = Buffer.alloc(22);
    trailer.writeUInt32LE(0x06054b50);
    trailer.writeUInt16LE(count, 8);
    trailer.writeUInt16LE(count, 10);
    trailer.writeUInt32LE(entries.length, 12);
    trailer.writeUInt32LE(start, 16);
    return Buffer.concat([entries, zip64, locator, trailer]);
  }

  #counted(bytes: Uint8Array): Uint8Array {
    this.#position += bytes.length;
    return bytes;
  }
}

function* blocksOf(tensor: Tensor): Generator<Uint8Array> {
  for (const part of littleEndian(tensor)) {
    for (let start = 0; start < part.length; start += blockBytes) yield part.subarray(start, start + blockBytes);
  }
}

/** Flags: sizes follow the data, and the name is UTF-8. The rest is filled up to the alignment. */
const flags = 0x0808;
const fixedBytes = 30;

function localHeader(name: Buffer, offset: number): Uint8Array {
  const start = offset + fixedBytes + name.length + 4;
  const fill = (alignment - (start % alignment)) % alignment;
  const header = Buffer.alloc(fixedBytes + name.length + 4 + fill, 'Z');
  header.fill(0, 0, fixedBytes);
  header.writeUInt32LE(0x04034b50);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(4 + fill, 28);
  name.copy(header, fixedBytes);
  header.write('FB', fixedBytes + name.length, 'latin1');
  header.writeUInt16LE(fill, fixedBytes + name.length + 2);
  return header;
}

function directoryEntry({ name, offset, size, crc }: Entry): Buffer {
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50);
  entry.writeUInt16LE(flags, 8);
  entry.writeUInt32LE(crc, 16);
  entry.writeUInt32LE(size, 20);
  entry.writeUInt32LE(size, 24);
  entry.writeUInt16LE(name.length, 28);
  entry.writeUInt32LE(offset, 42);
  return Buffer.concat([entry, name]);
}

/** 32 bits each. */
function numbers(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    buffer.writeUInt32LE(value, 4 * index);
  });
  return buffer;
}

/** `c10::hash_combine`: https://github.com/pytorch/pytorch/blob/main/c10/util/hash.h */
function combined(seed: bigint, value: bigint): bigint {
  return BigInt.asUintN(64, seed ^ (value + 0x9e3779b9n + (seed << 6n) + (seed >> 2n)));
}

/** `torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())`, as Python's pickle writes it. */
function pickleOf({ data, shape, dtype }: Tensor, storage: string): string {
  const pickle = new Pickle();
  pickle.add('\x80\x02ctorch._utils\n_rebuild_tensor_v2\n').memo();
  pickle.add('((').text('storage').add(`ctorch\n${storage}\n`).memo().text('0').text('cpu');
  pickle.whole(data.byteLength / typedArrays[dtype].BYTES_PER_ELEMENT);
  pickle.add('t').memo().add('Q').whole(0).tuple(shape).tuple(stridesOf(shape)).add('\x89');
  pickle.add('ccollections\nOrderedDict\n').memo().add(')R').memo();
  return pickle.add('t').memo().add('R').memo().add('.').code;
}

/** Opcodes of protocol 2: https://github.com/python/cpython/blob/main/Lib/pickletools.py */
class Pickle {
  code = '';
  #memos = 0;

  add(code: string): this {
    this.code += code;
    return this;
  }

  /** Python numbers what it may refer to later. */
  memo(): this {
    return this.add(`q${String.fromCharCode(this.#memos++)}`);
  }

  text(value: string): this {
    return this.add(`X${littleEndianText(value.length, 4)}${value}`).memo();
  }

  whole(value: number): this {
    if (value < 2 ** 8) return this.add(`K${littleEndianText(value, 1)}`);
    if (value < 2 ** 16) return this.add(`M${littleEndianText(value, 2)}`);
    if (value < 2 ** 31) return this.add(`J${littleEndianText(value, 4)}`);
    return this.long(value);
  }

  /** In as few bytes as two's complement takes. */
  long(value: number): this {
    let bytes = 5;
    while (value >= 2 ** (8 * bytes - 1)) bytes++;
    const buffer = Buffer.alloc(8);
    buffer.writeBigUInt64LE(BigInt(value));
    return this.add(`\x8a${String.fromCharCode(bytes)}${buffer.toString('latin1', 0, bytes)}`);
  }

  tuple(values: readonly number[]): this {
    if (values.length > 3) this.add('(');
    for (const value of values) this.whole(value);
    this.add(values.length > 3 ? 't' : (')\x85\x86\x87'[values.length] as string));
    return values.length > 0 ? this.memo() : this;
  }
}

function littleEndianText(value: number, bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer.toString('latin1');
}

/** Elements from one index of an axis to the next, in C order. */
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * Math.max(size, 1), 1));
}
