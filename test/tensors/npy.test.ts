import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNpy, type Tensor, TensorsInvalidError, writeNpy } from '../../dist/index.js';
import { slowness } from '../safe/outcome.js';
import { bytesOf, type Golden, movedTo, ofNpy, ofOtherNpy, tensorsOf } from './goldens.js';

const arrayOf = (golden: Golden): Tensor => tensorsOf(golden).array as Tensor;
const fileOf = (golden: Golden): Buffer => Buffer.from(golden.bytes, 'base64');
const ofVersion1 = ofNpy.filter(([name]) => !/^npy [23]\.0/.test(name));

/** A file of any header and data. */
function file(header: string, data = 0, version = 1): Buffer {
  const start = version === 1 ? 10 : 12;
  const bytes = Buffer.alloc(start + header.length + data);
  bytes.write('\x93NUMPY', 'latin1');
  bytes.writeUInt16LE(version, 6);
  if (version === 1) bytes.writeUInt16LE(header.length, 8);
  else bytes.writeUInt32LE(header.length, 8);
  bytes.write(header, start, 'latin1');
  return bytes;
}

describe('files of NumPy', () => {
  test.each(ofVersion1)('%s: the same array gives the same bytes', (_, golden) => {
    expect(bytesOf(writeNpy(arrayOf(golden))).equals(fileOf(golden))).toBe(true);
  });

  test.each(ofNpy)('%s: read back, wherever in memory the bytes begin', (_, golden) => {
    for (let offset = 0; offset < 9; offset++) {
      expect(readNpy(movedTo(offset, fileOf(golden)))).toEqual(arrayOf(golden));
    }
  });

  test('all versions of the format are among them', () => {
    expect(new Set(ofNpy.map(([, golden]) => fileOf(golden)[6]))).toEqual(new Set([1, 2, 3]));
  });

  test.each([
    ['in Fortran order', 'it is in Fortran order: save numpy.ascontiguousarray(array)'],
    ['big-endian', "its elements are '>f4', not little-endian: save array.astype('<f4')"],
    ['float64', "its elements are of type '<f8': save array.astype(…) with one of float32, float16, int32"],
    ['complex', "its elements are of type '<c8'"],
    ['text', "its elements are of type '<U2'"],
    ['structured', 'it holds a structured array: save one array for each field'],
    ['named fields', 'it holds a structured array'],
    ['objects', 'it holds Python objects, which are never read'],
  ])('%s: refused, with what to save instead', (name, message) => {
    const [, golden] = ofOtherNpy.find(([each]) => each === `other npy ${name}`) as [string, Golden];
    expect(() => readNpy(fileOf(golden))).toThrow(TensorsInvalidError);
    expect(() => readNpy(fileOf(golden))).toThrow(message);
  });
});

test('what is read shares the memory of the file, where it can', () => {
  const bytes = new Uint8Array(bytesOf(writeNpy({ data: Float32Array.of(1, 2), shape: [2], dtype: 'float32' })));
  expect(readNpy(bytes).data.buffer).toBe(bytes.buffer);
});

describe('headers that are valid, and that NumPy does not write', () => {
  const array = { data: Float32Array.of(0, 0, 0), shape: [3], dtype: 'float32' };
  test.each([
    ['other order and no last comma', "{'shape': (3,), 'descr': '<f4', 'fortran_order': False}"],
    ['double quotes', '{"descr": "<f4", "fortran_order": False, "shape": (3,)}'],
    ['the long numbers of Python 2', "{'descr': '<f4', 'fortran_order': False, 'shape': (3L,), }"],
    ['no spaces', "{'descr':'<f4','fortran_order':False,'shape':(3,)}"],
    ['many spaces', "{ 'descr' :\n'<f4' , 'fortran_order' :\tFalse , 'shape' : ( 3 , ) , } \n"],
  ])('%s', (_, header) => {
    expect(readNpy(file(header, 12))).toEqual(array);
  });
});

describe('arguments', () => {
  test('NumPy has no bfloat16', () => {
    const tensor = { data: new Uint16Array(2), shape: [2], dtype: 'bfloat16' } as const;
    expect(() => writeNpy(tensor)).toThrow(TypeError);
    expect(() => writeNpy(tensor)).toThrow('NumPy has no bfloat16: write a safetensors file');
  });

  test.each<[string, unknown, string]>([
    ['no tensor', null, 'tensor must be a tensor, got null'],
    ['another array', { data: [1], shape: [1], dtype: 'float32' }, 'tensor.data must be a Float32Array, for float32'],
    [
      'a size that the shape does not have',
      { data: new Float32Array(3), shape: [2], dtype: 'float32' },
      'tensor.data must have 2 elements, got 3',
    ],
  ])('%s', (_, tensor, message) => {
    expect(() => writeNpy(tensor as Tensor)).toThrow(TypeError);
    expect(() => writeNpy(tensor as Tensor)).toThrow(message);
  });

  test('what is read must be bytes', () => {
    expect(() => readNpy(new Float32Array(100) as unknown as Uint8Array)).toThrow(TypeError);
  });
});

describe('bytes of strangers', () => {
  const dict = (shape: string): string => `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  const good = dict('(1,)');
  test.each<[string, Uint8Array, string]>([
    ['nothing', Buffer.alloc(0), 'it does not begin as one'],
    ['another file', Buffer.from('RIFF0000WAVEfmt '), 'it does not begin as one'],
    ['the magic number alone', file(good).subarray(0, 6), 'its version is undefined.undefined'],
    ['a version to come', file(good, 4, 4), 'its version is 4.0'],
    ['a version that never was', Buffer.from('\x93NUMPY\x01\x01\0\0', 'latin1'), 'its version is 1.1'],
    ['an end in the length of the header', file(good, 4, 2).subarray(0, 11), 'it ends after 11 bytes'],
    ['a header of 4 GiB', Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\xff{}', 'latin1'), '4294967295 bytes, more than'],
    ['a header longer than NumPy reads', file(good.padEnd(10_001), 4), 'its header has 10001 bytes, more than 10000'],
    ['a header that is cut', file(good, 4).subarray(0, 30), `its header has ${good.length} bytes, and 20 are there`],
    ['no header', file(''), 'not the dict that NumPy writes'],
    ['no dict', file("['descr']"), 'not the dict that NumPy writes'],
    ['an empty dict', file('{}'), "its header must have the keys 'descr', 'fortran_order' and 'shape'"],
    ['no shape', file("{'descr': '<f4', 'fortran_order': False}", 4), 'must have the keys'],
    ['a key more', file(`${good.slice(0, -1)}'order': True}`, 4), "an unknown key 'order'"],
    ['a key of the prototype', file("{'__proto__': '<f4'}"), "an unknown key '__proto__'"],
    ['a key twice', file(`${good.slice(0, -1)}'descr': '<i4'}`, 4), "has the key 'descr' twice"],
    ['text behind the dict', file(`${good} + exit()`, 4), 'not the dict'],
    ['a call', file(dict('tuple([1])'), 4), 'not the dict'],
    ['a shape in words', file(dict("'1'"), 4), "its 'shape' is not a tuple"],
    ['a number as shape', file(dict('(1)'), 4), 'not the dict'],
    ['a negative size', file(dict('(-1,)'), 4), 'not the dict'],
    ['half an element', file(dict('(0.5, 2)'), 4), 'not the dict'],
    ['an order that is none', file(good.replace('False', "'no'"), 4), "its 'fortran_order' is not True or False"],
    ['a type that is none', file(good.replace("'<f4'", 'False'), 4), "its 'descr' is not a string"],
    ['an escaped type', file(good.replace('<f4', '\\x3cf4'), 4), 'not the dict'],
    ['sizes beyond counting', file(dict('(1099511627776, 1099511627776)'), 4), 'has too many elements'],
    ['a size of a thousand digits', file(dict(`(${'9'.repeat(1000)},)`), 4), 'has too many elements'],
    ['fewer elements than the shape', file(dict('(2,)'), 4), 'its shape needs 8 bytes of elements, and it has 4'],
    ['bytes behind', file(good, 5), 'its shape needs 4 bytes of elements, and it has 5'],
  ])('%s', (_, bytes, message) => {
    expect(() => readNpy(bytes)).toThrow(TensorsInvalidError);
    expect(() => readNpy(bytes)).toThrow(message);
  });

  test('the worst headers that fit are refused at once', () => {
    const worst = [
      dict(`(${'1,'.repeat(4900)}x`),
      dict(`(${' '.repeat(9900)}x`),
      `{${"'descr' ".repeat(1200)}`,
      `{'descr':${' '.repeat(9900)}x`,
      `{'descr': ${`'${'<f4'.repeat(3000)}'`}}`,
    ];
    for (const header of worst) {
      const start = performance.now();
      expect(() => readNpy(file(header, 4))).toThrow(TensorsInvalidError);
      expect(performance.now() - start).toBeLessThan(1000 * slowness);
    }
  });

  test('changed and cut files give a tensor or a typed error', () => {
    const [, golden] = ofNpy.find(([name]) => name === 'npy 2.0 matrix') as [string, Golden];
    const whole = fileOf(golden);
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
            const { data, shape } = readNpy(each);
            expect(shape.reduce((size, axis) => size * axis, 1)).toBe((data as Float32Array).length);
            expect(12 + each.readUInt32LE(8) + data.byteLength).toBe(each.length);
          } catch (error) {
            expect(error).toBeInstanceOf(TensorsInvalidError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
