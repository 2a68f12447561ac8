import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

const readers = {
  '<f4': (bytes: Buffer, i: number) => bytes.readFloatLE(i * 4),
  '<f2': (bytes: Buffer, i: number) => bytes.readUInt16LE(i * 2),
} as const;

/** A NumPy file of floats, of which halves are given as their bits. */
export function readNpy(path: string, descr: keyof typeof readers = '<f4'): { shape: number[]; data: number[] } {
  const bytes = readFileSync(path);
  expect(bytes.toString('latin1', 0, 6)).toBe('\x93NUMPY');
  expect([...bytes.subarray(6, 8)]).toEqual([1, 0]);
  const dataStart = 10 + bytes.readUInt16LE(8);
  expect(dataStart % 64).toBe(0);
  const header = bytes.toString('latin1', 10, dataStart);
  expect(header).toMatch(/^\{'descr': '<f\d', 'fortran_order': False, 'shape': \([\d, ]+\), \} *\n$/);
  expect(header).toContain(`'descr': '${descr}'`);
  const [, sizes = ''] = /\(([\d, ]+)\)/.exec(header) ?? [];
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  const length = (bytes.length - dataStart) / Number(descr.slice(2));
  return { shape, data: Array.from({ length }, (_, i) => readers[descr](bytes.subarray(dataStart), i)) };
}
