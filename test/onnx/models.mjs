// Small models whose results are known; also for tests in processes of their own.
import { writeModel } from '../../dist/onnx/writer/model.js';

/** @import { Graph, Value } from '../../dist/onnx/writer/model.js' */

/**
 * @param {string} name
 * @param {...(number | string)} shape
 * @returns {Value}
 */
const float = (name, ...shape) => ({ name, dtype: 'float32', shape });

/**
 * y = x, of any length.
 *
 * @param {Value['dtype']} dtype
 */
export function identity(dtype = 'float32') {
  return writeModel({
    name: 'identity',
    inputs: [{ name: 'x', dtype, shape: ['n'] }],
    outputs: [{ name: 'y', dtype, shape: ['n'] }],
    initializers: [],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  });
}

/**
 * sum = a + b and difference = a - b, both `[batch, 3]`.
 *
 * @type {Graph}
 */
export const sums = {
  name: 'sums',
  inputs: [float('a', 'batch', 3), float('b', 'batch', 3)],
  outputs: [float('sum', 'batch', 3), float('difference', 'batch', 3)],
  initializers: [],
  nodes: [
    { op: 'Add', inputs: ['a', 'b'], outputs: ['sum'] },
    { op: 'Sub', inputs: ['a', 'b'], outputs: ['difference'] },
  ],
};

/**
 * y = x, by way of `steps` products with the identity matrix: for 64 rows, some milliseconds each.
 *
 * @param {number} steps
 */
export function slow(steps) {
  const size = 1024;
  const unit = new Float32Array(size * size);
  for (let i = 0; i < size; i++) unit[i * size + i] = 1;
  /** @param {number} i */
  const name = (i) => (i === 0 ? 'x' : i === steps ? 'y' : `x${i}`);
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

/** z = x + y: loads with any lengths, and fails where they are different and above one. */
export function added() {
  return writeModel({
    name: 'added',
    inputs: [float('x', 'n'), float('y', 'm')],
    outputs: [float('z', 'k')],
    initializers: [],
    nodes: [{ op: 'Add', inputs: ['x', 'y'], outputs: ['z'] }],
  });
}
