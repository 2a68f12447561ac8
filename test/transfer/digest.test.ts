import { expect, test } from 'vitest';
import { native } from '../../dist/native/binding.js';
import { runNative } from '../../dist/native/job.js';
import { errorOf } from '../safe/outcome.js';

const digest = (parts: readonly ArrayBufferView[], signal?: AbortSignal) =>
  runNative({ signal, timeout: undefined }, (cancellation) => native.digest(parts, cancellation), {});

const bytes = (count: number) =>
  Uint8Array.from({ length: count }, (_, i) => Math.floor((i * 2_654_435_761) / 2 ** 24));

// By the Python package xxhash 4.1.0 (xxHash 0.8.3): xxh3_64_hexdigest(bytes(((i * 2654435761) >> 24) & 255 …)). Each
// length is one that XXH3 treats in a way of its own, or lies at such a limit.
const expected: readonly [number, string][] = [
  [0, '2d06800538d394c2'],
  [1, 'c44bdff4074eecdb'],
  [3, 'e14090f554a5ea90'],
  [4, '2e8d078a566e9749'],
  [8, 'cd1c7f88482fcaef'],
  [9, 'bfe43def699fa9e3'],
  [16, '81e9eb8634460bb9'],
  [17, '9998430fd0a655be'],
  [128, '75eca5c5d5594884'],
  [129, 'a05da42e7a4e4667'],
  [240, '5eb2467c8c9e3969'],
  [241, '2d431e984c441f15'],
  [512, 'dcfed6ee2883acd0'],
  [1024, 'e99def1145f12936'],
  [1025, '83cba9b371e4e7f4'],
  [4096, '9bf67f8deff876ae'],
  [100_003, '507db29bd764a682'],
];

test.each(expected)('%i bytes, whole and in parts', async (count, hex) => {
  const whole = bytes(count);
  expect(await digest([whole])).toBe(hex);
  for (const cut of [0, 1, 7, 255, 256, 257].filter((at) => at <= count)) {
    expect(await digest([whole.subarray(0, cut), whole.subarray(cut)])).toBe(hex);
  }
});

test('views of every type: their bytes, and no others of their buffer', async () => {
  const { buffer } = bytes(4096);
  const shared = new Uint8Array(new SharedArrayBuffer(1024));
  shared.set(new Uint8Array(buffer, 3072));
  const parts = [
    new Float32Array(buffer, 0, 100),
    new BigInt64Array(buffer, 400, 10),
    new Uint16Array(buffer, 480, 3),
    new DataView(buffer, 486, 1),
    new Uint8Array(buffer, 487, 2585),
    shared,
  ];
  expect(await digest(parts)).toBe('9bf67f8deff876ae');
  expect(await digest([])).toBe('2d06800538d394c2');
});

test('hundreds at a time, while their views are dropped', async () => {
  const given = bytes(100_003);
  const calls = Array.from({ length: 300 }, () => digest([given.slice()]));
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['507db29bd764a682']));
});

test('an abort ends it', async () => {
  const controller = new AbortController();
  const call = errorOf(digest([new Uint8Array(2 ** 30)], controller.signal));
  controller.abort();
  expect(await call).toMatchObject({ name: 'AbortError' });
});

test('a mistake of ours is a TypeError, not a crash', () => {
  const cancellation = new native.Cancellation();
  for (const parts of [undefined, 'text', [undefined], [new ArrayBuffer(1)], [{}]]) {
    expect(() => native.digest(parts as never, cancellation)).toThrow(TypeError);
  }
  expect(() => native.digest([new Uint8Array(1)], {} as never)).toThrow(TypeError);
});
