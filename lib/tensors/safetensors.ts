/**
 * Named tensors in one file: https://huggingface.co/docs/safetensors. The file holds the length of the header (8
 * bytes), a header in JSON, then the elements of all tensors without gaps, little-endian and in C order.
 */
import { isUint8Array } from 'node:util/types';
import { shown, typeError } from '../checks.js';
import { TensorsInvalidError } from '../errors.js';
import { fromLittleEndian, littleEndian } from './little_endian.js';
import { checkTensor, type DType, sizeOf, type Tensor, typedArrays } from './tensor.js';

/** The format's names of element types, in the order of its reference implementation: by alignment. */
const names = {
  bool: 'BOOL',
  uint16: 'U16',
  float16: 'F16',
  bfloat16: 'BF16',
  int32: 'I32',
  float32: 'F32',
  int64: 'I64',
} as const satisfies Record<DType, string>;
const dtypes = Object.keys(names) as DType[];

/** Bytes. The limit of the reference implementation. */
const longestHeader = 100_000_000;
/**
 * The most brackets, commas and colons in a header: enough for some forty thousand tensors. A hundred megabytes of such
 * characters would keep `JSON.parse` busy for a minute and fill the heap.
 */
const mostMarks = 500_000;
const metadataKey = '__metadata__';

/** The contents of a safetensors file. */
export interface Safetensors {
  /** The tensors by name, in the order of the file. An object without a prototype, so that any name is possible. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** The texts that the file holds besides its tensors. Also an object without a prototype. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The bytes of a safetensors file, piece by piece: `await writeFile(path, writeSafetensors({ audio_features }))`. The
 * elements are not copied: leave them unchanged until everything is written. The bytes equal those of the Python
 * package.
 *
 * @throws {TypeError} A name, a tensor or a value of `metadata` is not valid (at the call).
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Iterable<Uint8Array> {
  const entries = Object.entries(tensors).map(([name, tensor]) => ({ name, tensor: checked(name, tensor) }));
  // The order of the reference implementation: wide elements first, so that all are aligned, then by name.
  entries.sort((a, b) => rank(b.tensor) - rank(a.tensor) || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const fields = Object.keys(metadata).length > 0 ? [field(metadataKey, checkedMetadata(metadata))] : [];
  let offset = 0;
  for (const { name, tensor } of entries) {
    const end = offset + tensor.data.byteLength;
    fields.push(field(name, { dtype: names[tensor.dtype], shape: tensor.shape, data_offsets: [offset, end] }));
    offset = end;
  }
  return chunks(
    headerOf(`{${fields.join(',')}}`),
    entries.map(({ tensor }) => tensor),
  );
}

function* chunks(header: Uint8Array, tensors: readonly Tensor[]): Generator<Uint8Array> {
  yield header;
  for (const tensor of tensors) yield* littleEndian(tensor);
}

/** The header and its length, padded with spaces so that the elements begin at a multiple of eight. */
function headerOf(json: string): Uint8Array {
  const text = Buffer.from(json);
  const padded = Math.ceil(text.length / 8) * 8;
  if (padded > longestHeader) {
    throw new RangeError(`the header of a safetensors file must be at most ${longestHeader} bytes, got ${padded}`);
  }
  const header = Buffer.alloc(8 + padded, ' ');
  header.writeBigUInt64LE(BigInt(padded));
  text.copy(header, 8);
  return header;
}

function field(name: string, value: unknown): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

function rank({ dtype }: Tensor): number {
  return dtypes.indexOf(dtype);
}

function checked(name: string, tensor: Tensor): Tensor {
  if (name === metadataKey) {
    throw new TypeError(`tensors must not have the name ${metadataKey}, which the format reserves`);
  }
  return checkTensor(`tensors[${shown(name)}]`, tensor);
}

function checkedMetadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw typeError(`metadata[${shown(key)}]`, 'a string', value);
  }
  return metadata;
}

/**
 * Reads a whole safetensors file. The file may come from an untrusted sender: each length, offset and name is checked
 * first. The data of the tensors are views of `bytes`, or copies where the elements are not aligned in memory.
 *
 * @throws {TensorsInvalidError} The bytes are not a safetensors file, are cut or damaged, or hold elements of a type
 *   that is not in `DType`.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  if (!isUint8Array(bytes)) throw typeError('bytes', 'a Uint8Array', bytes);
  const { header, data } = split(bytes);
  const { [metadataKey]: metadata = {}, ...entries } = header;
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw invalid(`${metadataKey} is not an object of strings`);
  }
  const places = Object.entries(entries).map(([name, entry]) => placeOf(name, entry));
  places.sort((a, b) => a.begin - b.begin || a.end - b.end);
  const tensors = Object.create(null) as Record<string, Tensor>;
  let offset = 0;
  for (const { name, dtype, shape, begin, end } of places) {
    // Each byte must belong to exactly one tensor.
    if (begin !== offset)
      throw invalid(`tensor ${shown(name)} begins at ${begin}, and the one before it ends at ${offset}`);
    if (end > data.length) throw invalid(`tensor ${shown(name)} ends at ${end} of ${data.length} bytes`);
    tensors[name] = { data: fromLittleEndian(data.subarray(begin, end), dtype), shape, dtype };
    offset = end;
  }
  if (offset !== data.length) throw invalid(`${data.length - offset} bytes follow the last tensor`);
  return { tensors, metadata: Object.assign(Object.create(null), metadata) };
}

function split(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < 8) throw invalid(`it has ${bytes.length} bytes, fewer than the length of its header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > longestHeader) throw invalid(`its header would have ${length} bytes, more than ${longestHeader}`);
  const data = bytes.subarray(8 + length);
  if (bytes.length < 8 + length) throw invalid(`its header has ${length} bytes, and ${bytes.length - 8} are there`);
  const text = textOf(bytes.subarray(8, 8 + length));
  const { marks, colons } = count(text);
  if (marks > mostMarks) throw invalid(`its header has more than ${mostMarks} parts`);
  const header = text.startsWith('{') ? parse(text) : null;
  if (!isObject(header)) throw invalid('its header is not a JSON object');
  // Of two entries with the same name, JSON.parse keeps the last, and other readers keep the first.
  const keys = Object.values(header).reduce<number>(
    (sum, value) => sum + (isObject(value) ? Object.keys(value).length : 0),
    Object.keys(header).length,
  );
  if (keys !== colons) throw invalid('a name occurs twice in its header, or too deep');
  return { header, data };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalid('its header is not in UTF-8', { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid('its header is not in JSON', { cause });
  }
}

/** Counts brackets, commas and colons outside strings; there is one colon per key. Stops when there are too many. */
function count(json: string): { marks: number; colons: number } {
  let marks = 0;
  let colons = 0;
  let inString = false;
  for (let i = 0; i < json.length && marks <= mostMarks; i++) {
    const character = json[i];
    if (character === '"') inString = !inString;
    else if (inString && character === '\\') i++;
    else if (!inString && (character === ',' || character === '[' || character === '{')) marks++;
    else if (!inString && character === ':') {
      marks++;
      colons++;
    }
  }
  return { marks, colons };
}

interface Place {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Bytes. */
  readonly begin: number;
  readonly end: number;
}

function placeOf(name: string, entry: unknown): Place {
  const label = `tensor ${shown(name)}`;
  if (!isObject(entry)) throw invalid(`${label} is not described by an object`);
  const { dtype: code, shape, data_offsets: offsets, ...rest } = entry;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(`${label} has ${shown(unknown)}, which the format does not know`);
  const dtype = dtypes.find((each) => names[each] === code);
  if (!dtype)
    throw invalid(`${label} has elements of type ${shown(code)}; read are ${Object.values(names).join(', ')}`);
  const size = Array.isArray(shape) ? sizeOf(shape) : null;
  if (size === null) throw invalid(`${label} has no shape of whole numbers`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || offsets.some((offset) => sizeOf([offset]) === null)) {
    throw invalid(`${label} has no data_offsets of two whole numbers`);
  }
  const [begin, end] = offsets as [number, number];
  const bytes = size * typedArrays[dtype].BYTES_PER_ELEMENT;
  if (end - begin !== bytes) throw invalid(`${label} has ${end} − ${begin} bytes, and its shape needs ${bytes}`);
  return { name, dtype, shape: shape as number[], begin, end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(why: string, options?: ErrorOptions): TensorsInvalidError {
  return new TensorsInvalidError('ERR_TENSORS_INVALID', `not a safetensors file that can be read: ${why}`, options);
}
