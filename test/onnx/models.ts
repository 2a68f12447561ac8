import { type Graph, type Value, writeModel } from '../../dist/onnx/model.js';

/** Small models whose results are known. */

const float = (name: string, ...shape: (number | string)[]): Value => ({ name, dtype: 'float32', shape });

/** y = x, of any length. */
export function identity(dtype: Value['dtype'] = 'float32'): Uint8Array {
  return writeModel({
    name: 'identity',
    inputs: [{ name: 'x', dtype, shape: ['n'] }],
    outputs: [{ name: 'y', dtype, shape: ['n'] }],
    initializers: [],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  });
}

/** sum = a + b and difference = a - b, both `[batch, 3]`. */
export const sums: Graph = {
  name: 'sums',
  inputs: [float('a', 'batch', 3), float('b', 'batch', 3)],
  outputs: [float('sum', 'batch', 3), float('difference', 'batch', 3)],
  initializers: [],
  nodes: [
    { op: 'Add', inputs: ['a', 'b'], outputs: ['sum'] },
    { op: 'Sub', inputs: ['a', 'b'], outputs: ['difference'] },
  ],
};

/** y = x, by way of `steps` products with the identity matrix: some 3 ms each with 64 rows and one core. */
export function slow(steps: number): Uint8Array {
  const size = 1024;
  const unit = new Float32Array(size * size);
  for (let i = 0; i < size; i++) unit[i * size + i] = 1;
  const name = (i: number): string => (i === 0 ? 'x' : i === steps ? 'y' : `x${i}`);
  return writeModel({
    name: 'slow',
    inputs: [float('x', 'rows', size)],
    outputs: [float('y', 'rows', size)],
    initializers: [{ name: 'unit', dtype: 'float32', shape: [size, size], data: unit }],
    nodes: Array.from({ length: steps }, (_, i) => ({
      op: 'MatMul',
      inputs: [name(i), 'unit'],
      outputs: [name(i + 1)],
    })),
  });
}

/** A model that loads, and fails whenever `x` and `y` have different lengths above one. */
export function added(): Uint8Array {
  return writeModel({
    name: 'added',
    inputs: [float('x', 'n'), float('y', 'm')],
    outputs: [float('z', 'k')],
    initializers: [],
    nodes: [{ op: 'Add', inputs: ['x', 'y'], outputs: ['z'] }],
  });
}
