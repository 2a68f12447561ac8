// Models that run in memory of the caller. What they compute is what `OnnxSession` computes: session.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { native } from '../../dist/native/binding.js';
import { BoundModel } from '../../dist/onnx/bound_model.js';
import { writeModel } from '../../dist/onnx/writer/model.js';
import { sums } from './models.mjs';

const device = { provider: 'cpu', deviceId: 0, threads: 1 } as const;
let folder: string;
let path: string;
let model: BoundModel;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
  path = join(folder, 'sums.onnx');
  writeFileSync(path, writeModel(sums));
  model = new BoundModel(path, device);
});
afterAll(() => {
  model.release();
  rmSync(folder, { recursive: true });
});

const tensor = (name: string, data: Float32Array | Int32Array, ...dims: number[]) => ({ name, data, dims });

test('a model says what it takes and gives', () => {
  expect(model.inputs).toEqual({ a: [-1, 3], b: [-1, 3] });
  expect(model.outputs).toEqual({ sum: [-1, 3], difference: [-1, 3] });
});

test('each run reads what is there, and writes where it was told to', () => {
  const [a, sum] = [Float32Array.of(1, 2, 3), new Float32Array(3)];
  const b = Float32Array.of(0, 0, 10, 20, 30, 0);
  const binding = model.bind([tensor('a', a, 1, 3), tensor('b', b.subarray(2, 5), 1, 3)], [tensor('sum', sum, 1, 3)]);
  binding.run();
  expect([...sum]).toEqual([11, 22, 33]);
  a.fill(-10);
  binding.run();
  expect([...sum]).toEqual([0, 10, 20]);
  binding.release();
  expect(() => binding.run()).toThrow('released');
});

test('the memory of a binding stays as long as it does', () => {
  const sum = new Float32Array(30_000);
  const made = () => {
    const [a, b] = [new Float32Array(30_000).fill(1), new Float32Array(30_000).fill(2)];
    return model.bind([tensor('a', a, 10_000, 3), tensor('b', b, 10_000, 3)], [tensor('sum', sum, 10_000, 3)]);
  };
  const bindings = Array.from({ length: 200 }, made);
  for (const binding of bindings) {
    sum.fill(0);
    binding.run();
    expect(sum.every((each) => each === 3)).toBe(true);
  }
});

describe('what does not fit is an error', () => {
  const [a, b, sum] = [new Float32Array(3), new Float32Array(3), new Float32Array(3)];
  const inputs = [tensor('a', a, 1, 3), tensor('b', b, 1, 3)];

  test.each([
    ['fewer elements than the shape has', [3, 3]],
    ['more elements than the shape has', [1, 2]],
    ['no elements by its shape', [0, 3]],
    ['a negative size', [-1, 3]],
    ['a product that overflows', [2 ** 32, 2 ** 32]],
  ])('memory of %s', (_, dims) => {
    expect(() => model.bind([tensor('a', a, ...dims), tensor('b', b, 1, 3)], [])).toThrow(
      'the shape of a does not fit its memory',
    );
  });

  test('an input of another name', () => {
    expect(() => model.bind([...inputs, tensor('c', a, 1, 3)], [])).toThrow('the model has no c');
  });

  test('an output of another name', () => {
    expect(() => model.bind(inputs, [tensor('product', sum, 1, 3)])).toThrow('the model has no product');
  });

  test('an input too few', () => {
    const binding = model.bind(inputs.slice(1), [tensor('sum', sum, 1, 3)]);
    expect(() => binding.run()).toThrow(/\ba\b/);
  });

  test('an input of another type', () => {
    const binding = model.bind([tensor('a', new Int32Array(3), 1, 3), inputs[1]], [tensor('sum', sum, 1, 3)]);
    expect(() => binding.run()).toThrow('type');
  });

  test('an output of another shape', () => {
    const binding = model.bind(inputs, [tensor('sum', new Float32Array(6), 2, 3)]);
    expect(() => binding.run()).toThrow(/shape/i);
  });

  test('elements of a type that models do not have here', () => {
    const data = new Float64Array(3) as unknown as Float32Array;
    expect(() => model.bind([tensor('a', data, 1, 3)], [])).toThrow('there is no such element type');
  });

  test('something else in place of a model', () => {
    expect(() => new native.OnnxBinding({} as never, [], [])).toThrow('it is no model');
  });

  test('a file that is no model', () => {
    const broken = join(folder, 'broken.onnx');
    writeFileSync(broken, 'no model');
    expect(() => new BoundModel(broken, device)).toThrow('broken.onnx');
    expect(() => new BoundModel(join(folder, 'missing.onnx'), device)).toThrow('missing.onnx');
  });
});

test('a released model takes no more bindings, and those that are there go on', () => {
  const other = new BoundModel(path, device);
  const sum = new Float32Array(3);
  const inputs = ['a', 'b'].map((name) => tensor(name, new Float32Array(3).fill(1), 1, 3));
  const binding = other.bind(inputs, [tensor('sum', sum, 1, 3)]);
  other.release();
  expect(() => other.bind(inputs, [])).toThrow('released');
  binding.run();
  expect([...sum]).toEqual([2, 2, 2]);
  binding.release();
});
