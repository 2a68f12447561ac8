/** What moving data costs: models that compute nothing, of the size of one clip's features and embeddings. */

import { OnnxSession } from '../../dist/onnx/session.js';
import { writeModel } from '../../dist/onnx/writer/model.js';
import { median } from '../report/statistics.mjs';

const ROUNDS = 50;
const FEATURES = [1, 128, 3000];
const EMBEDDINGS = [1, 750, 4096];

const tensor = (shape) => ({
  data: new Float32Array(shape.reduce((a, b) => a * b)),
  shape,
  dtype: /** @type {const} */ ('float32'),
});
const value = (name, shape) => ({ name, dtype: /** @type {const} */ ('float32'), shape });

/** Takes features, gives one number. */
const input = writeModel({
  name: 'in',
  inputs: [value('x', FEATURES)],
  outputs: [value('y', [1, 1, 1])],
  initializers: [],
  nodes: [{ op: 'ReduceMax', inputs: ['x'], outputs: ['y'] }],
});
/** Takes one number, gives embeddings. */
const output = writeModel({
  name: 'out',
  inputs: [value('x', [1])],
  outputs: [value('y', EMBEDDINGS)],
  initializers: [
    { name: 'shape', dtype: 'int64', shape: [3], data: BigInt64Array.from(EMBEDDINGS, (size) => BigInt(size)) },
  ],
  nodes: [{ op: 'Expand', inputs: ['x', 'shape'], outputs: ['y'] }],
});
/** Takes features, gives embeddings. */
const both = writeModel({
  name: 'both',
  inputs: [value('x', FEATURES)],
  outputs: [value('y', EMBEDDINGS)],
  initializers: [
    { name: 'shape', dtype: 'int64', shape: [3], data: BigInt64Array.from(EMBEDDINGS, (size) => BigInt(size)) },
  ],
  nodes: [
    { op: 'ReduceMax', inputs: ['x'], outputs: ['most'] },
    { op: 'Expand', inputs: ['most', 'shape'], outputs: ['y'] },
  ],
});

export async function transfers({ providers, say }) {
  const rows = [];
  for (const provider of providers) {
    say(`Transfers: ${provider}`);
    rows.push({
      provider,
      input: await time(input, provider, FEATURES),
      output: await time(output, provider, [1]),
      both: await time(both, provider, FEATURES),
    });
  }
  return rows;
}

async function time(model, provider, shape) {
  const session = await OnnxSession.open(model, { provider });
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const x = tensor(shape);
    const start = performance.now();
    await session.run({ x });
    times.push(performance.now() - start);
  }
  await session.close();
  return median(times.slice(5));
}
