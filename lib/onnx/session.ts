import { resolve } from 'node:path';
import { isUint8Array } from 'node:util/types';
import { optionsOf, shown, wholeNumber, word } from '../checks.js';
import { ClosedError, ModelInvalidError } from '../errors.js';
import { denied } from '../native/permission.js';
import { chooseProvider } from './providers.js';
import { Resident } from './resident.js';
import { checkInputs, toTransfer } from './tensors.js';
import type { Device, Model, Results } from './thread_messages.js';
import type { OnnxTensors, Provider, ProviderReport, SessionOptions, ValueInfo } from './types.js';

let lastId = 0;

const names = ['provider', 'deviceId', 'threads'] as const;

/**
 * A loaded model in ONNX Runtime, on the thread of its device. The event loop is not blocked while it runs.
 *
 * Runs of all sessions on a device happen one after the other, in the order of their calls. A run cannot be stopped. If
 * the thread ends (because memory ran out, for example), the current runs reject, and the next run starts a new thread
 * and loads the model again.
 *
 * Idle sessions do not keep the process alive. `process.exit()` waits for the current run only. In a `worker_threads`
 * worker of the application, close its sessions before `worker.terminate()`: it cannot wait, and ending a run ends the
 * process.
 */
export class OnnxSession implements AsyncDisposable {
  /** Where the model runs. */
  readonly provider: Provider;
  /** Providers that `provider: 'auto'` did not choose, with reasons. */
  readonly declined: readonly ProviderReport[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly #loaded: LoadedModel;
  #closing: Promise<void> | undefined;

  private constructor(loaded: LoadedModel, { inputs, outputs }: Results['load'], declined: readonly ProviderReport[]) {
    this.#loaded = loaded;
    this.provider = loaded.device.provider;
    this.inputs = inputs;
    this.outputs = outputs;
    this.declined = declined;
  }

  /**
   * Loads a model: the path of an `.onnx` file, with its external data beside it, or the bytes of one.
   *
   * @throws {TypeError | RangeError} An argument is wrong.
   * @throws {ProviderUnavailableError} ONNX Runtime is not installed, or the provider that is named does not work here.
   * @throws {ModelInvalidError} The model cannot be read, or has an input or output that is not a tensor of an
   * `OnnxDType`.
   */
  static async open(model: string | Uint8Array, options: SessionOptions = {}): Promise<OnnxSession> {
    if (typeof model !== 'string' && !isUint8Array(model)) {
      throw new TypeError(`model must be the path of a file or a Uint8Array, got ${shown(model)}`);
    }
    const { provider = 'auto', deviceId = 0, threads } = optionsOf('options', options, names);
    word('options.provider', provider, ['auto', 'cuda', 'webgpu', 'cpu']);
    wholeNumber('options.deviceId', deviceId, 0, provider === 'cuda' || provider === 'auto' ? 255 : 0);
    if (threads !== undefined) wholeNumber('options.threads', threads, 1, 1024);
    // Absolute, because the model may be loaded again from another working directory. `slice` of a Buffer does not
    // copy.
    const source = typeof model === 'string' ? resolve(model) : new Uint8Array(model);
    checkAllowed(source);
    const choice = await chooseProvider(provider, deviceId);
    const loaded = new LoadedModel(source, { provider: choice.provider, deviceId, threads });
    return new OnnxSession(loaded, await loaded.load(), choice.declined);
  }

  /**
   * Runs the model. The buffers of the inputs are moved to the thread, and are detached afterwards. Exceptions are
   * inputs that are views into a larger buffer, or whose memory cannot be moved. The outputs belong to the caller.
   *
   * @throws {TypeError | RangeError} An input is missing, unknown, or has the wrong type or shape.
   * @throws {ModelFailedError} The run failed, or its thread ended.
   * @throws {ClosedError} `close` was called.
   */
  async run(inputs: OnnxTensors): Promise<OnnxTensors> {
    if (this.#closing) throw new ClosedError('ERR_CLOSED', 'the session was closed');
    checkInputs(inputs, this.inputs);
    return await this.#loaded.run(inputs);
  }

  /** Waits for all requested runs, then releases the model. */
  close(): Promise<void> {
    this.#closing ??= this.#loaded.release();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A model on the thread of its device. Loaded again if that thread has ended. */
class LoadedModel {
  readonly device: Device;
  readonly #id = ++lastId;
  readonly #resident: Resident<Results['load']>;

  constructor(model: Model, device: Device) {
    const session = this.#id;
    this.device = device;
    this.#resident = new Resident(device, {
      load: (thread) => thread.perform({ kind: 'load', session, model, device }),
      release: (thread) => thread.perform({ kind: 'release', session }),
    });
  }

  /** Returns at once if the model is loaded. */
  load(): Promise<Results['load']> {
    return this.#resident.load();
  }

  async run(inputs: OnnxTensors): Promise<OnnxTensors> {
    const thread = await this.#resident.thread();
    const { moved, list } = toTransfer(inputs);
    return await thread.perform({ kind: 'run', session: this.#id, inputs: moved }, list);
  }

  release(): Promise<void> {
    return this.#resident.release();
  }
}

/** ONNX Runtime opens the file itself: Note [Permission model]. */
function checkAllowed(model: string | Uint8Array): void {
  const cause = typeof model === 'string' ? denied(model) : undefined;
  if (cause === undefined) return;
  throw new ModelInvalidError('ERR_MODEL_INVALID', `the model ${model} cannot be read: the process may not`, { cause });
}
