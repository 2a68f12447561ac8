import type { BoundModel } from './bound_model.js';
import { Resident } from './resident.js';
import type { Device } from './thread_messages.js';

/**
 * Note [Programs]: a model that is run again and again with what came out, as the decoder of Whisper, cannot cross from
 * thread to thread for each run. Its loop is a program: a module of a floor above, which the thread of a device loads
 * by its path. The thread makes its turns one after the other with the runs of all sessions of the device, so neither
 * keeps the other out for longer than one turn.
 */

/** What a program can do on its thread. */
export interface ProgramHost {
  /** Loads a model on the CPU: within `open`, or within a turn. */
  load(model: string): BoundModel;
  /**
   * Calls `work` when its turn has come, after all that asked before. All calls of ONNX Runtime happen in turns. Work
   * must not wait for another turn.
   */
  turn<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** The result of a call, and the buffers that are moved with it. */
export interface ProgramResult {
  readonly value: unknown;
  readonly transfer?: readonly ArrayBuffer[];
}

/** A program that runs. */
export interface Program {
  /** Called at once for each message, and any number of times at a time. Native calls take a turn each. */
  call(name: string, argument: unknown): Promise<ProgramResult>;
  /** Called in a turn. */
  close(): Promise<void>;
}

/** What the module of a program exports as `open`. It is called in a turn. */
export type OpenProgram = (host: ProgramHost, options: never) => Promise<Program>;

/** The calls of a program: name → its argument and its result. */
export type ProgramCalls = Readonly<Record<string, { readonly argument: unknown; readonly result: unknown }>>;

let lastId = 0;

/** A program on the thread of its device. It is opened again if that thread has ended. */
export class LoadedProgram<Calls extends ProgramCalls> {
  readonly #id = ++lastId;
  readonly #resident: Resident<undefined>;

  /** `module`: path of the JavaScript file. `options`: what its `open` is given, which can be cloned. */
  constructor(module: string, options: unknown, device: Device) {
    const program = this.#id;
    this.#resident = new Resident(device, {
      load: (thread) => thread.perform({ kind: 'open', program, module, options, device }),
      release: (thread) => thread.perform({ kind: 'close', program }),
    });
  }

  /** Returns at once if it is open. */
  open(): Promise<undefined> {
    return this.#resident.load();
  }

  async call<Name extends keyof Calls & string>(
    name: Name,
    argument: Calls[Name]['argument'],
    transfer: ArrayBuffer[] = [],
  ): Promise<Calls[Name]['result']> {
    const thread = await this.#resident.thread();
    return await thread.perform({ kind: 'call', program: this.#id, name, argument }, transfer);
  }

  close(): Promise<void> {
    return this.#resident.release();
  }
}
