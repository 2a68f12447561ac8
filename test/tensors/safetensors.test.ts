import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSafetensors, type Tensor, TensorsInvalidError, writeSafetensors } from '../../dist/index.js';
import { temporaryFolder } from '../cli/command.js';
import { bytesOf, type Golden, movedTo, ofSafetensors, tensorsOf } from './goldens.js';

/** A file of any header and data. */
function file(header: unknown, data: Uint8Array | number = 0): Buffer {
  const text = Buffer.isBuffer(header)
    ? header
    : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, typeof data === 'number' ? Buffer.alloc(data) : data]);
}

describe('safetensors of the Python package', () => {
  test.each(ofSafetensors)('%s: the same tensors give the same bytes', (_, golden) => {
    const written = bytesOf(writeSafetensors(tensorsOf(golden), golden.metadata));
    expect(written.equals(Buffer.from(golden.bytes, 'base64'))).toBe(true);
  });

  test.each(ofSafetensors)('%s: read back, wherever in memory the bytes begin', (_, golden) => {
    const bytes = Buffer.from(golden.bytes, 'base64');
    for (let offset = 0; offset < 9; offset++) {
      const { tensors, metadata } = readSafetensors(movedTo(offset, bytes));
      expect(Object.entries(tensors).sort()).toEqual(Object.entries(tensorsOf(golden)).sort());
      expect({ ...metadata }).toEqual(golden.metadata);
    }
  });
});

test('what is read shares the memory of the file, where it can', () => {
  const data = new Float32Array([1, 2]);
  const bytes = new Uint8Array(bytesOf(writeSafetensors({ a: { data, shape: [2], dtype: 'float32' } })));
  const { tensors } = readSafetensors(bytes);
  expect(tensors.a?.data.buffer).toBe(bytes.buffer);
  // A name that is not there is not found in a prototype either.
  expect(tensors.constructor).toBeUndefined();
});

test('large tensors are written in pieces, without a copy', async () => {
  const data = new Float32Array(5 * 1024 ** 2).map((_, i) => i);
  const pieces = [...writeSafetensors({ a: { data, shape: [5, 1024 ** 2], dtype: 'float32' } })];
  expect(pieces.length).toBeGreaterThan(2);
  expect(pieces.slice(1).every(({ buffer }) => buffer === data.buffer)).toBe(true);
  const path = join(temporaryFolder(), 'a.safetensors');
  await writeFile(path, pieces);
  const { tensors } = readSafetensors(readFileSync(path));
  expect(bytesOf(writeSafetensors(tensors)).equals(bytesOf(pieces))).toBe(true);
});

describe('arguments', () => {
  const data = new Float32Array(6);
  test.each([
    [
      'a size that the shape does not have',
      { a: { data, shape: [2, 2], dtype: 'float32' } },
      "tensors['a'].data must have 4 elements, got 6",
    ],
    [
      'another array',
      { a: { data, shape: [6], dtype: 'float16' } },
      "tensors['a'].data must be a Uint16Array, for float16",
    ],
    [
      'an unknown type',
      { a: { data, shape: [6], dtype: 'float8' } },
      "tensors['a'].dtype must be one of float32, float16",
    ],
    [
      'a shape that is none',
      { a: { data, shape: [-6], dtype: 'float32' } },
      "tensors['a'].shape must be an array of whole numbers",
    ],
    [
      'a name of the format',
      { __metadata__: { data, shape: [6], dtype: 'float32' } },
      '__metadata__, which the format reserves',
    ],
  ])('%s', (_, tensors, message) => {
    expect(() => writeSafetensors(tensors as unknown as Record<string, Tensor>)).toThrow(TypeError);
    expect(() => writeSafetensors(tensors as unknown as Record<string, Tensor>)).toThrow(message);
  });

  test('metadata that is not text', () => {
    expect(() => writeSafetensors({}, { rate: 16_000 } as unknown as Record<string, string>)).toThrow(
      "metadata['rate'] must be a string, got 16000",
    );
  });

  test('more than a header holds', () => {
    expect(() => writeSafetensors({}, { files: 'a'.repeat(100_000_000) })).toThrow(RangeError);
  });

  test('what is read must be bytes', () => {
    expect(() => readSafetensors('{}' as unknown as Uint8Array)).toThrow(TypeError);
  });
});

describe('bytes of strangers', () => {
  const a = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
  const text = JSON.stringify(a);
  test.each<[string, Uint8Array, string]>([
    ['nothing', Buffer.alloc(0), 'it has 0 bytes'],
    ['seven bytes', Buffer.alloc(7), 'it has 7 bytes'],
    ['a header of 2^64 − 1 bytes', Buffer.alloc(100, 0xff), 'more than 100000000'],
    ['a header of a gigabyte', Buffer.from([0, 0, 0, 64, 0, 0, 0, 0, 123, 125]), 'more than 100000000'],
    ['a header that is cut', file(text, 4).subarray(0, 20), 'and 12 are there'],
    ['no header', file(''), 'not a JSON object'],
    ['not UTF-8', file(Buffer.from('{"\xff":1}', 'latin1')), 'not in UTF-8'],
    ['a byte order mark', file(`\ufeff{}`), 'not a JSON object'],
    ['not JSON', file('{"a":}'), 'not in JSON'],
    ['an array', file('[]'), 'not a JSON object'],
    ['a space first', file(' {}'), 'not a JSON object'],
    ['a name twice', file(`{"a":${text},"a":${text}}`, 4), 'occurs twice'],
    ['a name twice, once escaped', file(`{"a":${text},"\\u0061":${text}}`, 4), 'occurs twice'],
    ['a type twice', file('{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}', 4), 'occurs twice'],
    ['metadata twice', file('{"__metadata__":{"a":"1"},"__metadata__":{"b":"1"}}'), 'occurs twice'],
    ['metadata of numbers', file({ __metadata__: { a: 1 } }), '__metadata__ is not an object of strings'],
    ['metadata that is null', file({ __metadata__: null }), '__metadata__ is not an object of strings'],
    ['metadata in a list', file({ __metadata__: ['a'] }), '__metadata__ is not an object of strings'],
    ['a tensor that is a number', file({ a: 1 }), "tensor 'a' is not described by an object"],
    ['a tensor that is null', file({ a: null }), "tensor 'a' is not described by an object"],
    ['a tensor in a list', file({ a: ['F32', [1], [0, 4]] }, 4), "tensor 'a' is not described by an object"],
    ['a field more', file({ a: { ...a, sparse: true } }, 4), "tensor 'a' has 'sparse'"],
    ['a type of other libraries', file({ a: { ...a, dtype: 'F64' } }, 8), "elements of type 'F64'; read are BOOL, U16"],
    ['no type', file({ a: { shape: [1], data_offsets: [0, 4] } }, 4), 'elements of type undefined'],
    ['a type from the prototype', file({ a: { ...a, dtype: 'toString' } }, 4), "elements of type 'toString'"],
    ['no shape', file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4), 'no shape'],
    ['a negative size', file({ a: { ...a, shape: [-1, -1] } }, 4), 'no shape'],
    ['half an element', file({ a: { ...a, shape: [0.5, 2] } }, 4), 'no shape'],
    ['a size in words', file({ a: { ...a, shape: ['1'] } }, 4), 'no shape'],
    ['sizes beyond counting', file({ a: { ...a, shape: [2 ** 40, 2 ** 40] } }, 4), 'no shape'],
    [
      'sizes beyond counting, times nothing',
      file({ a: { ...a, shape: [2 ** 40, 2 ** 40, 0], data_offsets: [0, 0] } }),
      'no shape',
    ],
    ['no offsets', file({ a: { dtype: 'F32', shape: [1] } }, 4), 'no data_offsets'],
    ['three offsets', file({ a: { ...a, data_offsets: [0, 4, 4] } }, 4), 'no data_offsets'],
    ['offsets in words', file({ a: { ...a, data_offsets: ['0', '4'] } }, 4), 'no data_offsets'],
    ['negative offsets', file({ a: { ...a, data_offsets: [-4, 0] } }, 4), 'no data_offsets'],
    [
      'offsets that run backwards',
      file({ a: { ...a, data_offsets: [4, 0] } }, 4),
      '0 − 4 bytes, and its shape needs 4',
    ],
    ['fewer bytes than elements', file({ a: { ...a, shape: [2] } }, 8), '4 − 0 bytes, and its shape needs 8'],
    ['an end beyond the file', file({ a: { ...a, shape: [2], data_offsets: [0, 8] } }, 4), 'ends at 8 of 4 bytes'],
    ['an overlap', file({ a, b: a }, 4), "tensor 'b' begins at 0, and the one before it ends at 4"],
    [
      'a hole',
      file({ a: { ...a, data_offsets: [4, 8] } }, 8),
      "tensor 'a' begins at 4, and the one before it ends at 0",
    ],
    ['bytes behind', file({ a }, 5), '1 bytes follow the last tensor'],
    ['bytes without a tensor', file({}, 1), '1 bytes follow the last tensor'],
  ])('%s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(TensorsInvalidError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  test('elements that are not aligned in the file, as other writers leave them', () => {
    const header = {
      flag: { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] },
      n: { dtype: 'I64', shape: [], data_offsets: [1, 9] },
    };
    const { tensors } = readSafetensors(file(header, Buffer.from([1, 5, 0, 0, 0, 0, 0, 0, 0x80])));
    expect(tensors.flag?.data).toEqual(Uint8Array.of(1));
    expect(tensors.n).toEqual({ data: BigInt64Array.of(-(2n ** 63n) + 5n), shape: [], dtype: 'int64' });
  });

  test('the worst headers that fit are refused within seconds', () => {
    const size = 99_000_000;
    const worst = [
      `{"a":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}`,
      `{"a":${'['.repeat(249_000)}${']'.repeat(249_000)}}`,
      `{"a":[${'[],'.repeat(249_000)}[]]}`,
      `{${Array.from({ length: 166_000 }, (_, i) => `"${i.toString(36)}":{}`).join(',')}}`,
      `{"${'\\u0061'.repeat(size / 6)}":1}`,
    ];
    for (const header of worst) {
      const start = performance.now();
      expect(() => readSafetensors(file(header))).toThrow(TensorsInvalidError);
      expect(performance.now() - start).toBeLessThan(10_000);
    }
  });

  test('a name and metadata of many megabytes, and thousands of tensors, are no attack', () => {
    const tensor = { data: Float32Array.of(7), shape: [1], dtype: 'float32' } as const;
    const name = '"'.repeat(2_000_000);
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`tensor ${i}`, tensor]));
    const bytes = bytesOf(writeSafetensors({ [name]: tensor, ...many }, { files: 'é'.repeat(10_000_000) }));
    const { tensors, metadata } = readSafetensors(bytes);
    expect(Object.keys(tensors)).toHaveLength(20_001);
    expect(tensors[name]).toEqual(tensor);
    expect(metadata.files).toHaveLength(10_000_000);
  });

  test('changed and cut files give tensors or a typed error', () => {
    const [, every] = ofSafetensors[0] as [string, Golden];
    const whole = Buffer.from(every.bytes, 'base64');
    const change = fc.record({
      at: fc.nat(whole.length - 1),
      byte: fc.nat(255),
      end: fc.integer({ min: 0, max: whole.length }),
    });
    fc.assert(
      fc.property(change, ({ at, byte, end }) => {
        const bytes = Buffer.from(whole);
        bytes[at] = byte;
        for (const each of [bytes, bytes.subarray(0, end)]) {
          try {
            const { tensors } = readSafetensors(each);
            const size = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
            expect(8 + Number(each.readBigUInt64LE()) + size).toBe(each.length);
          } catch (error) {
            expect(error).toBeInstanceOf(TensorsInvalidError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
