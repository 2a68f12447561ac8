import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { type Attribute, type Graph, type Initializer, writeModel } from '../../dist/onnx/writer/model.js';

/** ONNX Runtime reads what is written, and computes what was meant. */

/** The output `y`. */
async function run(model: string | Uint8Array, feeds: Record<string, Tensor>): Promise<Tensor> {
  const session = await (typeof model === 'string' ? InferenceSession.create(model) : InferenceSession.create(model));
  try {
    return (await session.run(feeds)).y as Tensor;
  } finally {
    await session.release();
  }
}

/** y = op(x, …constants), of float32. */
function unary(op: string, attributes: Record<string, Attribute>, initializers: Initializer[] = []): Graph {
  return {
    name: op,
    inputs: [{ name: 'x', dtype: 'float32', shape: ['n', 3] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: ['a', 'b'] }],
    initializers,
    nodes: [{ op, inputs: ['x', ...initializers.map(({ name }) => name)], outputs: ['y'], attributes }],
  };
}

const x = new Tensor('float32', Float32Array.of(1, -2, 3, -4, 5, -6), [2, 3]);

test('attributes of every kind have their value', async () => {
  const relu = await run(writeModel(unary('LeakyRelu', { alpha: { float: 0.5 } })), { x });
  expect([...(relu.data as Float32Array)]).toEqual([1, -1, 3, -2, 5, -3]);
  const transposed = await run(writeModel(unary('Transpose', { perm: [1n, 0n] })), { x });
  expect([...(transposed.data as Float32Array)]).toEqual([1, -4, -2, 5, 3, -6]);
  const softmax = await run(writeModel(unary('Softmax', { axis: -1n })), { x });
  const last = await run(writeModel(unary('Softmax', { axis: 1n })), { x });
  expect(softmax.data).toEqual(last.data);
  const padding: Initializer = { name: 'pads', dtype: 'int64', shape: [4], data: BigInt64Array.of(0n, 2n, 0n, 0n) };
  const padded = await run(writeModel(unary('Pad', { mode: 'reflect' }, [padding])), { x });
  expect([...(padded.data as Float32Array)]).toEqual([3, -2, 1, -2, 3, -6, 5, -4, 5, -6]);
});

describe('constants', () => {
  test.each<[Initializer['dtype'], ArrayBufferView, readonly unknown[]]>([
    ['float32', Float32Array.of(1.5, -2, Infinity), [1.5, -2, Infinity]],
    ['float64', Float64Array.of(Math.PI, -0, 1e300), [Math.PI, -0, 1e300]],
    ['int32', Int32Array.of(-1, 2 ** 31 - 1, 0), [-1, 2 ** 31 - 1, 0]],
    ['int64', BigInt64Array.of(-1n, 2n ** 63n - 1n, 0n), [-1n, 2n ** 63n - 1n, 0n]],
    ['bool', Uint8Array.of(1, 0, 1), [1, 0, 1]],
  ])('of %s', async (dtype, data, expected) => {
    const model = writeModel({
      name: 'constant',
      inputs: [],
      outputs: [{ name: 'y', dtype, shape: [3] }],
      initializers: [{ name: 'c', dtype, shape: [3], data }],
      nodes: [{ op: 'Identity', inputs: ['c'], outputs: ['y'] }],
    });
    const y = await run(model, {});
    expect(y).toMatchObject({ type: dtype, dims: [3] });
    expect(Array.from(y.data as ArrayLike<unknown>)).toEqual(expected);
  });

  test('that are views into a larger buffer, and constants without axes', async () => {
    const data = Float32Array.of(9, 9, 10, 9).subarray(2, 3);
    const y = await run(writeModel(unary('Add', {}, [{ name: 'c', dtype: 'float32', shape: [], data }])), { x });
    expect([...(y.data as Float32Array)]).toEqual([11, 8, 13, 6, 15, 4]);
  });

  test('in a file beside the model', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
    try {
      writeFileSync(join(folder, 'weights.bin'), Float32Array.of(7, 7, 1, 2, 3));
      const data = { location: 'weights.bin', offset: 8, length: 12 };
      const path = join(folder, 'model.onnx');
      writeFileSync(path, writeModel(unary('Mul', {}, [{ name: 'c', dtype: 'float32', shape: [3], data }])));
      const y = await run(path, { x });
      expect([...(y.data as Float32Array)]).toEqual([1, -4, 9, -4, 10, -18]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('inputs, outputs and the names of their axes are those of the graph', async () => {
  const session = await InferenceSession.create(writeModel(unary('Relu', {})));
  expect(session.inputMetadata).toEqual([{ name: 'x', isTensor: true, type: 'float32', shape: ['n', 3] }]);
  // That the second axis has 3 elements is what ONNX Runtime finds out itself.
  expect(session.outputMetadata).toEqual([{ name: 'y', isTensor: true, type: 'float32', shape: ['a', 3] }]);
  await session.release();
});

test('a long name and a large constant need lengths of several bytes', async () => {
  const name = 'c'.repeat(20_000);
  const size = 100_000;
  const model = writeModel({
    name: 'large',
    inputs: [],
    outputs: [{ name: 'y', dtype: 'float32', shape: [size] }],
    initializers: [{ name, dtype: 'float32', shape: [size], data: Float32Array.from({ length: size }, (_, i) => i) }],
    nodes: [{ op: 'Identity', inputs: [name], outputs: ['y'] }],
  });
  const y = await run(model, {});
  expect((y.data as Float32Array).every((value, i) => value === i)).toBe(true);
});
