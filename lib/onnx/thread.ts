/**
 * The program of the thread that a device has: it alone calls ONNX Runtime, whose calls come back only when a model
 * has run. Tasks are done one after the other, in the order in which they came.
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

// Whoever waits for a call to come back must not wait for one that never will.
process.on('exit', () => leave(states.ended));

port.on('message', (request: ThreadRequest) => {
  last = last.then(() => (request === 'end' ? end() : answer(request)));
});

/** The thread ends when nothing can come any more. The port of Deno's threads cannot be closed. */
function end(): void {
  if ('close' in port) port.close();
  else process.exit();
}

async function answer({ id, task }: Exclude<ThreadRequest, 'end'>): Promise<void> {
  // Note [Ending a thread]. Whoever has ended waits for no answer.
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

/** Whether a provider works here, for all operators of a small model. */
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
      // float16 comes as a Float16Array where there is one: one array type for all versions of Node.
      const length = dims.reduce((product, size) => product * size, 1);
      return [
        name,
        { data: new typedArrays[dtype](buffer as ArrayBuffer, byteOffset, length), shape: [...dims], dtype },
      ];
    }),
  );
}

/**
 * What the binding reads of a tensor. The `Tensor` class of the package makes a Float16Array of float16 where Node has
 * that (from 24 on), which its binding then does not take; the bits in a Uint16Array it takes everywhere.
 */
function feed({ data, shape, dtype }: Tensor): OrtTensor {
  return { data, dims: shape, type: dtype, location: 'cpu' } as unknown as OrtTensor;
}

async function release({ session }: Extract<Task, { kind: 'release' }>): Promise<undefined> {
  await sessions.get(session)?.release();
  sessions.delete(session);
}

/** @throws {ProviderProblemError} There is none that works. */
async function runtime({ provider }: Device): Promise<typeof import('onnxruntime-node')> {
  const found = findRuntime();
  try {
    prepareLibraries(found);
  } catch (error) {
    // The other providers need none of these.
    if (provider === 'cuda' || !(error instanceof ProviderProblemError)) throw error;
  }
  try {
    const loaded = await import('onnxruntime-node');
    // What is worth knowing comes back as an error; standard error belongs to the application.
    loaded.env.logLevel = 'fatal';
    return loaded;
  } catch (error) {
    throw new ProviderProblemError(
      `onnxruntime-node ${found.version} does not load on ${process.platform}-${process.arch}: ${reason(error)}`,
      'Install it again; it has binaries for Linux with glibc, macOS on Arm, and Windows.',
    );
  }
}

/** A plain object: of an error, only the message would reach the other thread. */
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
