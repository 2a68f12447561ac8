/**
 * The program of the thread of a device. Only this thread calls ONNX Runtime, whose calls block until a model has run.
 * Tasks run one after the other, in the order of their arrival.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { CochleaError } from '../errors.js';
import { type Tensor, typedArrays } from '../tensors/tensor.js';
import { explain, foreseenByDriver } from './diagnosis.js';
import { prepareLibraries } from './libraries.js';
import { ProviderProblemError } from './provider_problem.js';
import { trialModel, tryModel } from './provider_trial.js';
import { findRuntime } from './runtime.js';
import { sessionOptions } from './session_options.js';
import { toTransfer, valueInfo } from './tensors.js';
import {
  type Device,
  type Failure,
  type Results,
  states,
  type Task,
  type ThreadAnswer,
  type ThreadRequest,
} from './thread_messages.js';
import type { OnnxDType, OnnxTensors } from './types.js';

if (parentPort === null) throw new Error('this file is the program of a worker');
const port = parentPort;
const state = workerData as Int32Array<SharedArrayBuffer>;

const sessions = new Map<number, InferenceSession>();
let last: Promise<void> = Promise.resolve();

// Others must not wait for a native call that will never return.
process.on('exit', () => leave(states.ended));

port.on('message', (request: ThreadRequest) => {
  last = last.then(() => (request === 'end' ? end() : answer(request)));
});

/** Ends the thread, when no more tasks can arrive. (In Deno, the port of a thread cannot be closed.) */
function end(): void {
  if ('close' in port) port.close();
  else process.exit();
}

async function answer({ id, task }: Exclude<ThreadRequest, 'end'>): Promise<void> {
  // Note [Ending a thread]. An owner that has ended waits for no answer.
  if (Atomics.compareExchange(state, 0, states.free, states.busy) !== states.free) return;
  let reply: ThreadAnswer;
  let list: ArrayBuffer[] = [];
  try {
    let result: unknown = await perform(task);
    if (task.kind === 'run') {
      const outputs = toTransfer(result as OnnxTensors);
      result = outputs.moved;
      list = outputs.list;
    }
    reply = { id, result };
  } catch (error) {
    reply = { id, failure: failure(error, task) };
  }
  leave(states.free);
  port.postMessage(reply, list);
}

function leave(next: number): void {
  Atomics.store(state, 0, next);
  Atomics.notify(state, 0);
}

function perform(task: Task): Promise<Results[Task['kind']]> {
  switch (task.kind) {
    case 'try':
      return attempt(task);
    case 'load':
      return load(task);
    case 'run':
      return run(task);
    case 'release':
      return release(task);
  }
}

/** Tries whether a provider works here with all operators of a small model. */
async function attempt({ device }: Extract<Task, { kind: 'try' }>): Promise<Results['try']> {
  try {
    const found = findRuntime();
    const problem = foreseenByDriver(device.provider);
    if (problem) return problem;
    const { InferenceSession } = await runtime(device);
    try {
      const session = await InferenceSession.create(trialModel(), sessionOptions(device, true));
      const right = await tryModel(session);
      await session.release();
      return right ? undefined : explain(device.provider, 'a small model gives wrong results', found);
    } catch (error) {
      return explain(device.provider, reason(error), found);
    }
  } catch (error) {
    if (error instanceof ProviderProblemError) return error.problem;
    throw error;
  }
}

async function load({ session, model, device }: Extract<Task, { kind: 'load' }>): Promise<Results['load']> {
  const { InferenceSession } = await runtime(device);
  const settings = sessionOptions(device);
  const loaded = await (typeof model === 'string'
    ? InferenceSession.create(model, settings)
    : InferenceSession.create(model, settings));
  try {
    const inputs = loaded.inputMetadata.map((each) => valueInfo('input', each));
    const outputs = loaded.outputMetadata.map((each) => valueInfo('output', each));
    sessions.set(session, loaded);
    return { inputs, outputs };
  } catch (error) {
    await loaded.release();
    throw error;
  }
}

async function run({ session, inputs }: Extract<Task, { kind: 'run' }>): Promise<Results['run']> {
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, feed(tensor)]));
  const results = (await sessions.get(session)?.run(feeds)) ?? {};
  return Object.fromEntries(
    Object.entries(results).map(([name, result]) => {
      const { data, dims, type } = result as OrtTensor;
      const { buffer, byteOffset } = data as Uint8Array;
      const dtype = type as OnnxDType;
      // Newer versions of Node give float16 as a Float16Array. Convert it, so that all versions give the same type.
      const length = dims.reduce((product, size) => product * size, 1);
      return [
        name,
        { data: new typedArrays[dtype](buffer as ArrayBuffer, byteOffset, length), shape: [...dims], dtype },
      ];
    }),
  );
}

/**
 * The fields of a tensor that the binding reads. The `Tensor` class of the package makes a Float16Array from float16 if
 * Node has that type (from 24 on), and its binding then refuses it. The bits in a Uint16Array work in all versions.
 */
function feed({ data, shape, dtype }: Tensor): OrtTensor {
  return { data, dims: shape, type: dtype, location: 'cpu' } as unknown as OrtTensor;
}

async function release({ session }: Extract<Task, { kind: 'release' }>): Promise<undefined> {
  await sessions.get(session)?.release();
  sessions.delete(session);
}

/** @throws {ProviderProblemError} ONNX Runtime is missing, or does not load. */
async function runtime({ provider }: Device): Promise<typeof import('onnxruntime-node')> {
  const found = findRuntime();
  try {
    prepareLibraries(found);
  } catch (error) {
    // The other providers do not need these libraries.
    if (provider === 'cuda' || !(error instanceof ProviderProblemError)) throw error;
  }
  try {
    const loaded = await import('onnxruntime-node');
    // Important messages arrive as errors; standard error belongs to the application.
    loaded.env.logLevel = 'fatal';
    return loaded;
  } catch (error) {
    throw new ProviderProblemError(
      `onnxruntime-node ${found.version} does not load on ${process.platform}-${process.arch}: ${reason(error)}`,
      'Install it again; it has binaries for Linux with glibc, macOS on Arm, and Windows.',
    );
  }
}

/** A plain object, because only the message of an Error would reach the other thread. */
function failure(error: unknown, task: Task): Failure {
  if (error instanceof ProviderProblemError) return { problem: error.problem };
  if (error instanceof CochleaError) return { code: error.code, message: error.message };
  if (task.kind !== 'load') return { code: 'ERR_MODEL_FAILED', message: `the run failed: ${reason(error)}` };
  if (/\balloc|out of memory/i.test(reason(error))) {
    return { code: 'ERR_MODEL_FAILED', message: `there is no memory for the model: ${reason(error)}` };
  }
  const name = typeof task.model === 'string' ? task.model : `of ${task.model.byteLength} bytes`;
  return { code: 'ERR_MODEL_INVALID', message: `the model ${name} cannot be loaded: ${reason(error)}` };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
