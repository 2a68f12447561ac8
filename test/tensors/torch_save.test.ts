import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DType, type Tensor, torchSave } from '../../dist/index.js';
import { temporaryFolder } from '../cli/command.js';
import { thrownBy } from '../safe/outcome.js';

/** By tools/goldens/make_torch_files.py. */
interface Golden {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly sha256: string;
  readonly bytes?: string;
}
const path = new URL('../fixtures/torch_files.json', import.meta.url);
const { files } = JSON.parse(readFileSync(path, 'utf8')) as { files: Golden[] };
const whole = files.filter(({ shape }) => !shape.includes(0));

/** A Python with PyTorch. */
const python = process.env.COCHLEA_TORCH_PYTHON;
if (python === undefined) console.log('skipped in part: COCHLEA_TORCH_PYTHON names no Python with PyTorch');

/** Of bits; the elements are those of make_torch_files.py. */
const bitsOf = {
  float32: Uint32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int32: Uint32Array,
  int64: BigUint64Array,
  bool: Uint8Array,
  uint16: Uint16Array,
};
const arrayOf = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  uint16: Uint16Array,
};

function tensorOf(dtype: DType, shape: readonly number[]): Tensor {
  const count = shape.reduce((product, axis) => product * axis, 1);
  const bits = new bitsOf[dtype](count);
  for (let i = 0; i < count; i++) {
    const mixed = (BigInt(i) * 2_654_435_761n) % 2n ** 32n;
    const value = dtype === 'bool' ? mixed & 1n : mixed;
    bits[i] = dtype === 'int64' ? value : Number(value);
  }
  return { data: new arrayOf[dtype](bits.buffer), shape, dtype };
}

function saved(tensor: Tensor): Buffer {
  return Buffer.concat([...torchSave(tensor)]);
}

describe('the bytes of torch.save', () => {
  test.each(whole)('$dtype $shape', ({ dtype, shape, sha256, bytes }) => {
    const file = saved(tensorOf(dtype, shape));
    if (bytes !== undefined) expect(file.toString('base64')).toBe(bytes);
    expect(createHash('sha256').update(file).digest('hex')).toBe(sha256);
  });

  test('of a part of a larger buffer', () => {
    const { data } = tensorOf('float32', [2, 3]) as Tensor<Float32Array<ArrayBuffer>>;
    const larger = new Float32Array(20);
    larger.set(data, 5);
    const part = { data: larger.subarray(5, 11), shape: [2, 3], dtype: 'float32' } as const;
    expect(saved(part).equals(saved(tensorOf('float32', [2, 3])))).toBe(true);
  });
});

test('it is a ZIP file that others can check', () => {
  const file = join(temporaryFolder(), 'tensor.pt');
  for (const { dtype, shape } of files) {
    writeFileSync(file, saved(tensorOf(dtype, shape)));
    execFileSync('python3', ['-m', 'zipfile', '--test', file]);
    if (shape.length > 3) break;
  }
});

test.skipIf(python === undefined)('torch.load(weights_only=True) reads all of them, also the empty ones', () => {
  const folder = temporaryFolder();
  const cases = files.map(({ dtype, shape }, index) => {
    writeFileSync(join(folder, `${index}.pt`), saved(tensorOf(dtype, shape)));
    return { dtype, shape };
  });
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
  const script = `
import json, sys, torch
folder = sys.argv[1]
for index, case in enumerate(json.load(open(f"{folder}/cases.json"))):
    tensor = torch.load(f"{folder}/{index}.pt", weights_only=True)
    assert list(tensor.shape) == case["shape"], case
    assert tensor.dtype == getattr(torch, case["dtype"]), case
    assert tensor.is_contiguous(), case
print("read")
`;
  const { stdout, stderr } = spawnSync(python as string, ['-c', script, folder], { encoding: 'utf8' });
  expect(stdout, stderr).toBe('read\n');
});

test('what is no tensor, or cannot be written, is an error at the call', () => {
  const data = new Uint16Array(2);
  expect(thrownBy(() => torchSave({ data, shape: [2], dtype: 'uint16' }))).toBeInstanceOf(TypeError);
  expect(thrownBy(() => torchSave({ data, shape: [3], dtype: 'float16' }))).toBeInstanceOf(TypeError);
  expect(thrownBy(() => torchSave({ data, shape: [2], dtype: 'float32' }))).toBeInstanceOf(TypeError);
  expect(thrownBy(() => torchSave(undefined as never))).toBeInstanceOf(TypeError);
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (shape, dtype) => {
      const error = thrownBy(() => torchSave({ data: new Float32Array(7), shape, dtype } as never));
      expect(error).toBeInstanceOf(TypeError);
    }),
  );
});

test('strides of empty tensors with long axes', () => {
  const shape = [0, 2 ** 50, 3];
  expect(saved({ data: new Float32Array(0), shape, dtype: 'float32' }).length).toBeGreaterThan(0);
});
