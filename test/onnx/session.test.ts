import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../../dist/index.js';
import { type OnnxDType, OnnxSession, type OnnxTensors } from '../../dist/onnx/index.js';
import { writeModel } from '../../dist/onnx/writer/model.js';
import type { Tensor } from '../../dist/tensors/tensor.js';
import { errorOf } from '../safe/outcome.js';
import { added, identity, slow, sums } from './models.mjs';
import { float32, rows } from './tensors.js';

const cpu = { provider: 'cpu' } as const;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a model gives what it computes, and says what it takes', async () => {
  await using session = await OnnxSession.open(writeModel(sums), cpu);
  expect(session).toMatchObject({ provider: 'cpu', declined: [] });
  expect(session.inputs).toEqual([
    { name: 'a', dtype: 'float32', shape: ['batch', 3] },
    { name: 'b', dtype: 'float32', shape: ['batch', 3] },
  ]);
  expect(session.outputs.map(({ name }) => name)).toEqual(['sum', 'difference']);
  const results = await session.run({ a: float32([1, 2, 3], 1, 3), b: float32([10, 20, 30], 1, 3) });
  expect(results).toEqual({ sum: float32([11, 22, 33], 1, 3), difference: float32([-9, -18, -27], 1, 3) });
});

test.each<[OnnxDType, ArrayBufferView]>([
  ['float32', Float32Array.of(1.5, -2)],
  ['float16', Uint16Array.of(0x3c00, 0xc000)],
  ['int32', Int32Array.of(-1, 2)],
  ['int64', BigInt64Array.of(-1n, 2n ** 40n)],
  ['bool', Uint8Array.of(1, 0)],
])('%s goes in and comes out', async (dtype, data) => {
  await using session = await OnnxSession.open(identity(dtype), cpu);
  const copy = structuredClone(data);
  const { y } = await session.run({ x: { data, shape: [2], dtype } as Tensor });
  expect(y).toEqual({ data: copy, shape: [2], dtype });
});

describe('the memory of the inputs', () => {
  let session: OnnxSession;
  beforeAll(async () => {
    session = await OnnxSession.open(identity(), cpu);
  });
  afterAll(() => session.close());

  test('moves to the thread', async () => {
    const x = float32([1, 2], 2);
    await session.run({ x });
    expect(x.data.buffer.byteLength).toBe(0);
  });

  test('stays where an input is a view into something larger', async () => {
    const whole = Float32Array.of(1, 2, 3, 4);
    const { y } = await session.run({ x: { data: whole.subarray(1, 3), shape: [2], dtype: 'float32' } });
    expect(y?.data).toEqual(Float32Array.of(2, 3));
    expect(whole).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  test('stays where it is shared by several threads', async () => {
    const data = new Float32Array(new SharedArrayBuffer(8));
    data.set([5, 6]);
    expect((await session.run({ x: { data, shape: [2], dtype: 'float32' } })).y?.data).toEqual(Float32Array.of(5, 6));
    expect([...data]).toEqual([5, 6]);
  });

  test('stays where it is native memory, as that of a long file that was encoded', async () => {
    const bytes = await encode({ data: new Float32Array(5_000_000), sampleRate: 16_000 }, { format: 'wav' });
    expect(bytes.byteLength).toBeGreaterThan(8 * 1024 ** 2);
    const expected = bytes.slice();
    await using copying = await OnnxSession.open(identity('bool'), cpu);
    const { y } = await copying.run({ x: { data: bytes, shape: [bytes.length], dtype: 'bool' } });
    expect(Buffer.compare(bytes, expected)).toBe(0);
    expect(Buffer.compare(y?.data as Uint8Array, expected)).toBe(0);
  });

  test('may be that of two inputs', async () => {
    await using two = await OnnxSession.open(writeModel(sums), cpu);
    const a = float32([1, 2, 3], 1, 3);
    const { sum } = await two.run({ a, b: a });
    expect(sum?.data).toEqual(Float32Array.of(2, 4, 6));
  });

  test('is the caller’s for the outputs: it can be changed and moved', async () => {
    const { y } = await session.run({ x: float32(new Float32Array(1_000_000).fill(2), 1_000_000) });
    const buffer = y?.data.buffer as ArrayBuffer;
    new Float32Array(buffer)[0] = 9;
    const moved = structuredClone(buffer, { transfer: [buffer] });
    expect(buffer.byteLength).toBe(0);
    expect([...new Float32Array(moved, 0, 2)]).toEqual([9, 2]);
  });
});

describe('what does not fit the model is refused at the call, by name', () => {
  const a = float32([1, 2, 3], 1, 3);
  const wrong: [string, unknown, RegExp][] = [
    ['no inputs', undefined, /^inputs must be an object, got undefined$/],
    ['an input is missing', { a }, /^inputs\.b must be a tensor, got undefined$/],
    ['an input that is none', { a, b: a, c: a }, /^the model has no input 'c'; it has: a, b$/],
    ['another dtype', { a, b: { ...a, dtype: 'int32' } }, /^inputs\.b must be float32, got 'int32'$/],
    [
      'another array',
      { a, b: { ...a, data: [1, 2, 3] } },
      /^inputs\.b\.data must be a Float32Array, got an instance of Array$/,
    ],
    [
      'another array type',
      { a, b: { ...a, data: new Float64Array(3) } },
      /^inputs\.b\.data must be a Float32Array, got/,
    ],
    ['another rank', { a, b: { ...a, shape: [3] } }, /^inputs\.b must have the shape \[batch, 3\], got \[3\]$/],
    ['another size', { a, b: { ...a, shape: [3, 1] } }, /^inputs\.b must have the shape \[batch, 3\], got \[3, 1\]$/],
    ['sizes that are none', { a, b: { ...a, shape: [-1, 3] } }, /^inputs\.b\.shape must be an array of whole numbers/],
    [
      'too few elements',
      { a, b: { ...a, shape: [2, 3] } },
      /^inputs\.b\.data must have 6 elements for the shape \[2, 3\], got 3$/,
    ],
  ];
  test.each(wrong)('%s', async (_, inputs, message) => {
    await using session = await OnnxSession.open(writeModel(sums), cpu);
    const error = await errorOf(session.run(inputs as OnnxTensors));
    expect(error).toSatisfy((each) => each instanceof TypeError || each instanceof RangeError);
    expect(error.message).toMatch(message);
    expect(a.data.length).toBe(3);
  });

  test('a tensor that was moved away already', async () => {
    await using session = await OnnxSession.open(identity(), cpu);
    const x = float32([1], 1);
    await session.run({ x });
    expect((await errorOf(session.run({ x }))).message).toBe(
      'inputs.x.data is a detached buffer: it was transferred elsewhere',
    );
  });

  test.each<[unknown, unknown, RegExp]>([
    [7, {}, /^model must be the path of a file or a Uint8Array, got 7$/],
    ['x', { provider: 'gpu' }, /^options\.provider must be 'auto' or 'cuda' or 'webgpu' or 'cpu', got 'gpu'$/],
    ['x', { deviceId: -1 }, /^options\.deviceId must be a whole number from 0 to 255, got -1$/],
    ['x', { provider: 'cpu', deviceId: 1 }, /^options\.deviceId must be a whole number from 0 to 0, got 1$/],
    ['x', { device: 1 }, /^options\.device is not an option; there are: provider, deviceId, threads$/],
  ])('opening %j with %j', async (model, options, message) => {
    expect((await errorOf(OnnxSession.open(model as string, options as object))).message).toMatch(message);
  });
});

describe('a model that cannot be loaded', () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ['no file', '/nowhere/model.onnx', /\/nowhere\/model\.onnx.*File doesn't exist/],
    ['no model', new TextEncoder().encode('RIFF and so on'), /the model of 14 bytes cannot be loaded: .*protobuf/],
    ['no bytes', new Uint8Array(), /the model of 0 bytes cannot be loaded/],
    ['half a model', identity().subarray(0, 60), /cannot be loaded/],
    ['an operator that nobody knows', unknownOperator(), /Nonesuch/],
    [
      'an input that tensors are not made for',
      identity('float64'),
      /the input 'x' is of type float64; supported are tensors of float32/,
    ],
  ])('%s', async (_, model, reason) => {
    const error = await errorOf(OnnxSession.open(model, cpu));
    expect(error).toMatchObject({ name: 'ModelInvalidError', code: 'ERR_MODEL_INVALID', fault: 'server' });
    expect(error.message).toMatch(reason);
  });

  test('whose external data is missing names the file', async () => {
    const path = join(folder, 'model.onnx');
    const c = {
      name: 'c',
      dtype: 'float32',
      shape: [3],
      data: { location: 'weights.bin', offset: 0, length: 12 },
    } as const;
    writeFileSync(
      path,
      writeModel({ ...sums, initializers: [c], nodes: [...sums.nodes, { op: 'Neg', inputs: ['c'], outputs: ['d'] }] }),
    );
    const error = await errorOf(OnnxSession.open(path, cpu));
    expect(error).toMatchObject({ code: 'ERR_MODEL_INVALID' });
    expect(error.message).toContain('weights.bin');
    writeFileSync(join(folder, 'weights.bin'), new Float32Array(3));
    const session = await OnnxSession.open(path, cpu);
    await session.close();
  });
});

function unknownOperator(): Uint8Array {
  return writeModel({ ...sums, nodes: [{ op: 'Nonesuch', inputs: ['a', 'b'], outputs: ['sum', 'difference'] }] });
}

test('a run that fails is an error with the reason, and the next one works', async () => {
  await using session = await OnnxSession.open(added(), cpu);
  const error = await errorOf(session.run({ x: float32([1, 2], 2), y: float32([1, 2, 3], 3) }));
  expect(error).toMatchObject({ code: 'ERR_MODEL_FAILED', retryable: true });
  expect(error.message).toMatch(/broadcast/i);
  expect(error.stack).toContain('session.test.ts');
  const { z } = await session.run({ x: float32([1, 2], 2), y: float32([1], 1) });
  expect(z?.data).toEqual(Float32Array.of(2, 3));
});

test('runs of several sessions are done in the order of their calls', async () => {
  await using first = await OnnxSession.open(slow(20), cpu);
  await using second = await OnnxSession.open(identity(), cpu);
  const order: string[] = [];
  const note = (name: string) => () => order.push(name);
  await Promise.all([
    first.run({ x: rows() }).then(note('slow')),
    second.run({ x: float32([1], 1) }).then(note('quick')),
    first.run({ x: rows() }).then(note('slow again')),
    second.run({ x: float32([1], 1) }).then(note('quick again')),
  ]);
  expect(order).toEqual(['slow', 'quick', 'slow again', 'quick again']);
});

test('a hundred runs at once give each its own result', async () => {
  await using session = await OnnxSession.open(identity(), cpu);
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, i) => session.run({ x: float32(new Float32Array(i).fill(i), i) })),
  );
  for (const [i, { y }] of results.entries()) expect(y).toEqual(float32(new Float32Array(i).fill(i), i));
});

test('the bytes of a model are the caller’s to change as soon as open was called', async () => {
  const bytes = identity();
  const opening = OnnxSession.open(bytes, cpu);
  bytes.fill(0);
  await using session = await opening;
  expect((await session.run({ x: float32([4], 1) })).y?.data).toEqual(Float32Array.of(4));
});

describe('close', () => {
  test('waits for the runs that were asked for', async () => {
    const session = await OnnxSession.open(slow(20), cpu);
    let ran = 0;
    const runs = [1, 2].map((value) => session.run({ x: rows(64, value) }).then(() => ran++));
    await session.close();
    expect(ran).toBe(2);
    await Promise.all(runs);
  });

  test('can be called twice, and ends what the session can do', async () => {
    const session = await OnnxSession.open(identity(), cpu);
    await Promise.all([session.close(), session.close()]);
    await session.close();
    expect(await errorOf(session.run({ x: float32([1], 1) }))).toMatchObject({
      code: 'ERR_CLOSED',
      message: 'the session was closed',
    });
  });

  test('leaves other sessions of the same device alone, and new ones can be opened', async () => {
    await using stays = await OnnxSession.open(identity(), cpu);
    for (let i = 0; i < 5; i++) {
      const session = await OnnxSession.open(identity(), cpu);
      await session.close();
    }
    expect((await stays.run({ x: float32([1], 1) })).y?.data).toEqual(Float32Array.of(1));
  });
});
