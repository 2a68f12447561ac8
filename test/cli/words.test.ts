import { expect, test } from 'vitest';
import { differences } from '../../dist/cli/conformance/expected.js';
import { table } from '../../dist/cli/table.js';
import { bitRate, bytes, duration } from '../../dist/cli/wording.js';
import { npyHeader } from '../../dist/tensors/npy_header.js';

test('columns are as wide as their widest cell, ideographs two wide, numbers flush right', () => {
  const columns = [{ title: 'file' }, { title: 'n', align: 'right' as const }, { title: 'end' }];
  const rows = [
    ['音.wav', '7', 'a'],
    ['b', '12345', ''],
  ];
  expect(table(columns, rows)).toBe('file        n  end\n音.wav      7  a\nb       12345\n');
});

test('durations and bit rates for people', () => {
  expect([0.5, 59.9996, 60, 187.25, 3723, null].map(duration)).toEqual([
    '0.500 s',
    '1:00.000',
    '1:00.000',
    '3:07.250',
    '1:02:03.000',
    '?',
  ]);
  expect([128_000, 64_500, null].map(bitRate)).toEqual(['128 kb/s', '64.5 kb/s', '?']);
});

test('bytes have three digits and a unit', () => {
  const counts = [0, 12, 999, 1000, 12_345, 999_499, 999_500, 4_560_000, 2.5e9];
  const words = ['0 B', '12 B', '999 B', '1 kB', '12.3 kB', '999 kB', '1 MB', '4.56 MB', '2.5 GB'];
  expect(counts.map(bytes)).toEqual(words);
});

test.each([[[7]], [[2, 1_000_000_000]]])('the NumPy header of %j ends on a multiple of 64 bytes', (shape) => {
  expect(npyHeader({ shape, dtype: 'float32' }).length % 64).toBe(0);
});

test('silence is compared with an absolute tolerance', () => {
  const measured = { sampleRate: 8000, channels: 1, frames: 1, frames16k: 2, rms16k: 9e-7, peak16k: 2e-6 };
  const expected = { file: 'a', decodable: true, rms16k: 0, peak16k: 0 };
  expect(differences(measured, expected)).toEqual(['peak16k is 0.000002, expected 0']);
});
