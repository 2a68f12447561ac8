import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Graph, type Node, type Value, writeModel } from '../../dist/onnx/writer/model.js';
import { AudioTower, type TowerArchitecture } from '../../dist/tower/index.js';
import { errorOf } from '../safe/outcome.js';
import { featuresOf } from './visible.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-tower-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const features: Value = { name: 'input_features', dtype: 'float32', shape: ['batch', 128, 3000] };
const mask: Value = { name: 'feature_attention_mask', dtype: 'int64', shape: ['batch', 3000] };
const embeddings: Value = { name: 'audio_features', dtype: 'float32', shape: ['batch', 750, 16] };
const lengths: Value = { name: 'audio_feature_lengths', dtype: 'int64', shape: ['batch'] };

/** A model of these inputs and outputs. It gives zeros, for the clips that it was given or, if it is `stuck`, for one. */
function model(inputs: readonly Value[], outputs: readonly Value[], { stuck = false } = {}): string {
  const given = { op: 'Shape', inputs: [inputs[0]?.name as string], outputs: ['shape'] };
  const size = { op: 'Gather', inputs: ['shape', 'first'], outputs: ['size'] };
  // What it comes to is not known before it runs: else ONNX Runtime would correct what the outputs state.
  const one = { op: 'Div', inputs: ['size', 'size'], outputs: ['one'] };
  const graph: Graph = {
    name: 'contract',
    inputs,
    outputs,
    initializers: [
      { name: 'first', dtype: 'int64', shape: [1], data: new BigInt64Array(1) },
      ...[...new Set(outputs.flatMap(({ shape }) => shape.filter((axis) => typeof axis === 'number')))].map((axis) => {
        return { name: `${axis}`, dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(axis)) } as const;
      }),
    ],
    nodes: [
      given,
      size,
      one,
      ...outputs.flatMap(({ name, dtype, shape }): Node[] => [
        {
          op: 'Concat',
          inputs: shape.map((axis) => (typeof axis === 'number' ? `${axis}` : stuck ? 'one' : 'size')),
          outputs: [`${name}_shape`],
          attributes: { axis: 0n },
        },
        { op: 'ConstantOfShape', inputs: [`${name}_shape`], outputs: [`${name}_zeros`] },
        {
          op: 'Cast',
          inputs: [`${name}_zeros`],
          outputs: [name],
          attributes: { to: types[dtype as keyof typeof types] },
        },
      ]),
    ],
  };
  const path = join(folder, 'model.onnx');
  writeFileSync(path, writeModel(graph));
  return path;
}

const types = { float32: 1n, int32: 6n, int64: 7n, float16: 10n } as const;

const load = (path: string, architecture: TowerArchitecture = 'qwen2-audio'): Promise<AudioTower> =>
  AudioTower.load(path, { provider: 'cpu', architecture });

describe('a model that is not a tower is refused in words', () => {
  test.each<[string, readonly Value[], readonly Value[], string]>([
    [
      'without features',
      [mask],
      [embeddings, lengths],
      "has no input 'input_features' float32 [batch, mels, frames]; there are: 'feature_attention_mask' int64 [batch, 3000]",
    ],
    [
      'without a mask',
      [features],
      [embeddings, lengths],
      "has no input 'feature_attention_mask' int64 [batch, frames]; there are: 'input_features' float32 [batch, 128, 3000]",
    ],
    [
      'without embeddings',
      [features, mask],
      [lengths],
      "has no output 'audio_features' float32 [batch, tokens, dimension]",
    ],
    [
      'of float16 features',
      [{ ...features, dtype: 'float16' }, mask],
      [embeddings, lengths],
      "has the input 'input_features' float16 [batch, 128, 3000], which must be 'input_features' float32 [batch, mels, frames]",
    ],
    [
      'of an int32 mask',
      [features, { ...mask, dtype: 'int32' }],
      [embeddings, lengths],
      "has the input 'feature_attention_mask' int32 [batch, 3000], which must be",
    ],
    [
      'of float16 embeddings',
      [features, mask],
      [{ ...embeddings, dtype: 'float16' }, lengths],
      "has the output 'audio_features' float16 [batch, 750, 16], which must be",
    ],
    [
      'of 64 mels',
      [{ ...features, shape: ['batch', 64, 3000] }, mask],
      [embeddings, lengths],
      'takes 64 mel bins, where 80 and 128 are possible',
    ],
    [
      'of any number of mels',
      [{ ...features, shape: ['batch', 'mels', 3000] }, mask],
      [embeddings, lengths],
      'the file does not state a number',
    ],
    [
      'of another length',
      [{ ...features, shape: ['batch', 128, 1500] }, mask],
      [embeddings, lengths],
      "'input_features' float32 [batch, 128, 1500], which must be float32 [batch, 128, 3000]",
    ],
    [
      'of a mask of another length',
      [features, { ...mask, shape: ['batch', 1500] }],
      [embeddings, lengths],
      'int64 [batch, 1500], which must be int64 [batch, 3000]',
    ],
    [
      'of other tokens',
      [features, mask],
      [{ ...embeddings, shape: ['batch', 1500, 16] }, lengths],
      'float32 [batch, 1500, 16], which must be float32 [batch, 750, 16]',
    ],
    [
      'of any width',
      [features, mask],
      [{ ...embeddings, shape: ['batch', 750, 'width'] }, lengths],
      'gives embeddings of width width: the file does not state a number',
    ],
    [
      'of one clip at a time',
      [{ ...features, shape: [1, 128, 3000] }, mask],
      [embeddings, lengths],
      'float32 [1, 128, 3000], which must be float32 [batch, 128, 3000]',
    ],
    [
      'of more inputs',
      [features, mask, { name: 'language', dtype: 'int64', shape: ['batch', 2, 2] }],
      [embeddings, lengths],
      "has an input that is not known: 'language' int64 [batch, 2, 2]",
    ],
    [
      'of inputs that might be either',
      [{ ...features, name: 'a' }, { ...features, name: 'b' }, mask],
      [embeddings, lengths],
      "has several inputs that may be 'input_features'",
    ],
    [
      'of features as a matrix',
      [{ ...features, shape: ['batch', 128] }, mask],
      [embeddings, lengths],
      "'input_features' float32 [batch, 128], which must be",
    ],
  ])('%s', async (_, inputs, outputs, message) => {
    const path = model(inputs, outputs);
    const error = await errorOf(load(path));
    expect(error.code).toBe('ERR_MODEL_INVALID');
    expect(error.message).toContain(`the model ${path} `);
    expect(error.message).toContain(message);
  });
});

test('other names will do where only one can be meant', async () => {
  await using tower = await load(
    model(
      [
        { ...features, name: 'mel' },
        { ...mask, name: 'attention_mask' },
      ],
      [{ ...embeddings, name: 'last_hidden_state' }],
    ),
  );
  expect(tower.spec).toMatchObject({ dimension: 16, tokens: 750 });
});

test('an encoder of Whisper needs neither mask nor lengths', async () => {
  const path = model(
    [{ ...features, shape: ['batch', 80, 'frames'] }],
    [{ name: 'last_hidden_state', dtype: 'float32', shape: ['batch', 'positions', 16] }],
  );
  await using tower = await load(path, 'whisper-encoder');
  expect(tower.spec).toMatchObject({ dimension: 16, tokens: 1500, features: { mels: 80 } });
});

describe('a model whose result cannot be is an error of each run', () => {
  test('of other lengths than the frames have', async () => {
    // Its lengths are zero, whatever the clip.
    await using tower = await load(model([features, mask], [embeddings, lengths]));
    const error = await errorOf(tower.embed(featuresOf([[1, 3000]])));
    expect(error.code).toBe('ERR_MODEL_INVALID');
    expect(error.message).toContain('says that 3000 frames are 0 tokens; for qwen2-audio they are 750');
  });

  test('of another shape than it stated', async () => {
    await using tower = await AudioTower.load(model([features, mask], [embeddings], { stuck: true }), {
      provider: 'cpu',
      architecture: 'qwen2-audio',
      maxBatch: 2,
      maxWaitMs: 1000,
    });
    // It gives one clip, whatever the batch.
    const error = await errorOf(
      tower.embed(
        featuresOf([
          [1, 3000],
          [2, 3000],
        ]),
      ),
    );
    expect(error.code).toBe('ERR_MODEL_INVALID');
    expect(error.message).toContain('gave audio_features of shape [1, 750, 16], not [2, 750, 16]');
  });
});

test('what is no ONNX model is refused', async () => {
  const path = join(folder, 'text.onnx');
  writeFileSync(path, 'not a model');
  const error = await errorOf(load(path));
  expect(error.code).toBe('ERR_MODEL_INVALID');
  expect(error.message).toContain(path);
});
