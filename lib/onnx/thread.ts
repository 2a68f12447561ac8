/**
 * The program of the thread of a device. Only this thread calls ONNX Runtime, whose calls block until a model has run.
 * Turns are one after the other, in the order in which they are asked for: a task takes one, a call of a program as many
 * as it likes.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { CochleaError, ModelFailedError, ModelInvalidError } from '../errors.js';
import { native } from '../native/binding.js';
import { type Tensor, typedArrays } from '../tensors/tensor.js';
import { BoundModel } from './bound_model.js';
import { explain, foreseenByDriver } from './diagnosis.js';
import { prepareLibraries } from './libraries.js';
import type { OpenProgram, Program, ProgramHost, ProgramResult } from './program.js';
import { ProviderProblemError } from './provider_problem.js';
import { trialModel, tryModel } from './provider_trial.js';
import { findRuntime } from './runtime.js';
import { sessionOptions } from './session_options.js';
import { toTransfer, valueInfo } from './tensors.js';
import {
  type Device,
  type Failure,
  type Model,
  type Results,
  states,
  type Task,
  type ThreadAnswer,
  type ThreadRequest,
} from './thread_messages.js';
import type { OnnxDType } from './types.js';

if (parentPort === null) throw new Error('this file is the program of a worker');
const port = parentPort;
const state = workerData as Int32Array<SharedArrayBuffer>;

const sessions = new Map<number, InferenceSession>();
const programs = new Map<number, Program>();
let last: Promise<unknown> = Promise.resolve();

// Others must not wait for a native call that will never return.
process.on('exit', () => leave(states.ended));

port.on('message', (request: ThreadRequest) => {
  if (request === 'end') last = last.then(end);
  else void answer(request);
});

/** Ends the thread, when no more tasks can arrive. (In Deno, the port of a thread cannot be closed.) */
function end(): void {
  if ('close' in port) port.close();
  else process.exit();
}

async function answer({ id, task }: Exclude<ThreadRequest, 'end'>): Promise<void> {
  let reply: ThreadAnswer;
  let list: readonly ArrayBuffer[] = [];
  try {
    const { value, transfer = [] } = task.kind === 'call' ? await call(task) : await turn(() => perform(task));
    reply = { id, result: value };
    list = transfer;
  } catch (error) {
    reply = { id, failure: failure(error, task) };
  }
  port.postMessage(reply, [...list]);
}

/** Does work that calls ONNX Runtime, after all that was asked for before. */
function turn<Result>(work: () => Promise<Result>): Promise<Result> {
  const result = last.then(async () => {
    // Note [Ending a thread]. An owner that has ended waits for no answer.
    if (Atomics.compareExchange(state, 0, states.free, states.busy) !== states.free) return await never;
    try {
      return await work();
    } finally {
      leave(states.free);
    }
  });
  last = result.catch(() => undefined);
  return result;
}

const never = new Promise<never>(() => {});

function leave(next: number): void {
  Atomics.store(state, 0, next);
  Atomics.notify(state, 0);
}

async function perform(task: Exclude<Task, { kind: 'call' }>): Promise<ProgramResult> {
  switch (task.kind) {
    case 'try':
      return { value: await attempt(task) };
    case 'load':
      return { value: trimmed(await load(task)) };
    case 'run':
      return await run(task);
    case 'release':
      return { value: trimmed(await release(task)) };
    case 'open':
      return { value: trimmed(await open(task)) };
    case 'close':
      return { value: trimmed(await close(task)) };
  }
}

/**
 * A model that is loaded takes twice its memory for a moment. Freed, that would stay with the process for ever: that of
 * Whisper base held 70 MB more while it was open, and 140 MB when it had been closed.
 */
function trimmed<Result>(result: Result): Result {
  native.trimMemory();
  return result;
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
  const loaded = await create(model, device);
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

/** @throws {ModelInvalidError | ModelFailedError} ONNX Runtime does not load it, or there is no memory. */
async function create(model: Model, device: Device): Promise<InferenceSession> {
  const { InferenceSession } = await runtime(device);
  const settings = sessionOptions(device);
  try {
    return await (typeof model === 'string'
      ? InferenceSession.create(model, settings)
      : InferenceSession.create(model, settings));
  } catch (error) {
    throw loadFailure(model, error);
  }
}

function createBound(model: string, device: Device): BoundModel {
  try {
    return new BoundModel(model, device);
  } catch (error) {
    throw loadFailure(model, error);
  }
}

function loadFailure(model: Model, error: unknown): ModelFailedError | ModelInvalidError {
  if (/\balloc|out of memory/i.test(reason(error))) {
    return new ModelFailedError('ERR_MODEL_FAILED', `there is no memory for the model: ${reason(error)}`);
  }
  const name = typeof model === 'string' ? model : `of ${model.byteLength} bytes`;
  return new ModelInvalidError('ERR_MODEL_INVALID', `the model ${name} cannot be loaded: ${reason(error)}`);
}

async function run({ session, inputs }: Extract<Task, { kind: 'run' }>): Promise<ProgramResult> {
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, feed(tensor)]));
  const results = (await sessions.get(session)?.run(feeds)) ?? {};
  const outputs = Object.fromEntries(
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
  const { moved, list } = toTransfer(outputs);
  return { value: moved, transfer: list };
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

/** Note [Programs]. */
async function open({ program, module, options, device }: Extract<Task, { kind: 'open' }>): Promise<undefined> {
  await runtime(device);
  const host: ProgramHost = { load: (model) => createBound(model, device), turn };
  const { open: start } = require(module) as { readonly open: OpenProgram };
  programs.set(program, await start(host, options as never));
}

function call({ program, name, argument }: Extract<Task, { kind: 'call' }>): Promise<ProgramResult> {
  const opened = programs.get(program);
  if (opened === undefined) throw new Error('the program is not open');
  return opened.call(name, argument);
}

async function close({ program }: Extract<Task, { kind: 'close' }>): Promise<undefined> {
  await programs.get(program)?.close();
  programs.delete(program);
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
  const what = task.kind === 'load' || task.kind === 'open' ? 'loading' : 'the run';
  return { code: 'ERR_MODEL_FAILED', message: `${what} failed: ${reason(error)}` };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
