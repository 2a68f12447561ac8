/**
 * The header of a NumPy file: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. A magic number, a
 * version, a length, then a Python dict literal with the keys `descr`, `fortran_order` and `shape`.
 */
import { TensorsInvalidError } from '../errors.js';
import type { DType, Tensor } from './tensor.js';

/** NumPy's names of element types, little-endian. It has no bfloat16. */
const names: Record<DType, string | undefined> = {
  float32: '<f4',
  float16: '<f2',
  bfloat16: undefined,
  int32: '<i4',
  int64: '<i8',
  uint16: '<u2',
  bool: '|b1',
};
const dtypes = Object.keys(names) as DType[];

const magic = Buffer.from('\x93NUMPY', 'latin1');
/** Bytes. The limit of `numpy.load`. */
const longestHeader = 10_000;

/** The header of a file in C order. Its length is a multiple of 64, so that the elements can be memory-mapped. */
export function npyHeader({ shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>): Uint8Array {
  const descr = names[dtype];
  if (descr === undefined) throw new TypeError(`NumPy has no ${dtype}: write a safetensors file`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // As NumPy writes it: with room for the first axis to grow to 21 digits, and at least one space.
  const growth = shape.length === 0 ? 0 : 21 - String(shape[0]).length;
  const preamble = 10;
  const length = (Math.floor((preamble + dict.length + growth + 1) / 64) + 1) * 64;
  const header = Buffer.alloc(length, ' ');
  magic.copy(header);
  header.writeUInt16LE(1, 6);
  header.writeUInt16LE(length - preamble, 8);
  header.write(dict, preamble, 'latin1');
  header.write('\n', length - 1, 'latin1');
  return header;
}

/** What a header says. */
export interface NpyHeader {
  readonly dtype: DType;
  /** As written: the product is not checked. */
  readonly shape: readonly number[];
  /** Bytes before the first element. */
  readonly length: number;
}

/** @throws {TensorsInvalidError} It is not a header, or describes an array that is not read. */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  const { text, length } = headerText(bytes);
  const { descr, fortran_order: order, shape } = entriesOf(text);
  if (descr === undefined || order === undefined || shape === undefined) {
    throw invalidNpy("its header must have the keys 'descr', 'fortran_order' and 'shape'");
  }
  const dtype = dtypeOf(descr);
  if (order === 'True') throw invalidNpy('it is in Fortran order: save numpy.ascontiguousarray(array)');
  if (order !== 'False') throw invalidNpy("its 'fortran_order' is not True or False");
  if (!shape.startsWith('(')) throw invalidNpy("its 'shape' is not a tuple of whole numbers");
  return { dtype, shape: (shape.match(/\d+/g) ?? []).map(Number), length };
}

function headerText(bytes: Uint8Array): { text: string; length: number } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!file.subarray(0, magic.length).equals(magic)) throw invalidNpy('it does not begin as one');
  const [major, minor] = [file[6], file[7]];
  if (minor !== 0 || (major !== 1 && major !== 2 && major !== 3)) {
    throw invalidNpy(`its version is ${major}.${minor}, and 1.0, 2.0 and 3.0 are known`);
  }
  const start = major === 1 ? 10 : 12;
  if (file.length < start) throw invalidNpy(`it ends after ${file.length} bytes, in the length of its header`);
  const size = major === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8);
  if (size > longestHeader) throw invalidNpy(`its header has ${size} bytes, more than ${longestHeader}`);
  const length = start + size;
  if (file.length < length) throw invalidNpy(`its header has ${size} bytes, and ${file.length - start} are there`);
  // Latin-1 in 1.0 and 2.0, UTF-8 in 3.0: the same for all that is read, which is ASCII.
  return { text: file.toString('latin1', start, length), length };
}

/** A key and its value: True or False, a string without escapes, or a tuple. `3L` is how Python 2 wrote a long. */
const entry =
  /[ \t\n]*(?:'(\w+)'|"(\w+)")[ \t\n]*:[ \t\n]*(True|False|'[^'\\]*'|"[^"\\]*"|\([ \t\n]*\)|\((?:[ \t\n]*\d+L?[ \t\n]*,)+(?:[ \t\n]*\d+L?)?[ \t\n]*\))[ \t\n]*(,|(?=\}))/y;

type Key = 'descr' | 'fortran_order' | 'shape';

/** The values of the dict literal, as they are written. Only this grammar is read: nothing is evaluated. */
function entriesOf(text: string): Partial<Record<Key, string>> {
  if (/^\{[^[]*['"]descr['"][ \t\n]*:[ \t\n]*\[/.test(text)) {
    throw invalidNpy('it holds a structured array: save one array for each field');
  }
  const values: Partial<Record<string, string>> = Object.create(null);
  let at = 1;
  for (;;) {
    entry.lastIndex = at;
    const found = text.startsWith('{') ? entry.exec(text) : null;
    if (found === null) break;
    const [, single, double, value] = found;
    const key = (single ?? double) as string;
    if (!['descr', 'fortran_order', 'shape'].includes(key)) throw invalidNpy(`its header has an unknown key '${key}'`);
    if (key in values) throw invalidNpy(`its header has the key '${key}' twice`);
    values[key] = value;
    at = entry.lastIndex;
  }
  if (!/^[ \t\n]*\}[ \t\n]*$/.test(text.slice(at))) throw invalidNpy('its header is not the dict that NumPy writes');
  return values;
}

function dtypeOf(descr: string): DType {
  if (!/^['"]/.test(descr)) throw invalidNpy("its 'descr' is not a string");
  const name = descr.slice(1, -1);
  const dtype = dtypes.find((each) => names[each] === name);
  if (dtype !== undefined) return dtype;
  if (name.includes('O')) throw invalidNpy('it holds Python objects, which are never read: save an array of numbers');
  if (dtypes.some((each) => names[each] === `<${name.slice(1)}`)) {
    throw invalidNpy(`its elements are '${name}', not little-endian: save array.astype('<${name.slice(1)}')`);
  }
  const known = dtypes.filter((each) => names[each] !== undefined).join(', ');
  throw invalidNpy(`its elements are of type '${name}': save array.astype(…) with one of ${known}`);
}

export function invalidNpy(why: string): TensorsInvalidError {
  return new TensorsInvalidError('ERR_TENSORS_INVALID', `not a NumPy file that can be read: ${why}`);
}
