import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type CochleaError, errorClasses, ModelFailedError } from '../errors.js';
import './telemetry.js';
import { type ProviderProblem, unavailable } from './provider_problem.js';
import {
  type Device,
  type Failure,
  type Results,
  states,
  type Task,
  type ThreadAnswer,
  type ThreadRequest,
} from './thread_messages.js';

interface Call {
  /** Holds the stack of the call. */
  readonly caller: { stack?: string };
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The current thread of each device, shared by all sessions on it in one JavaScript thread. Replaced after it has
 * ended.
 */
const current = new Map<string, DeviceThread>();

/** All threads whose worker exists, including those that are ending. */
const alive = new Set<DeviceThread>();

/**
 * The thread on which ONNX Runtime runs for one device. It starts with its first session, and ends with its last one or
 * by a failure. After a failure, its calls reject, and the next session starts a new thread.
 *
 * It keeps the process alive while it has something to do, and not otherwise.
 */
export class DeviceThread {
  readonly #device: string;
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  /** Note [Ending a thread]. */
  readonly #state = new Int32Array(new SharedArrayBuffer(4));
  readonly #exited: Promise<void>;
  #sessions = 0;
  #nextId = 0;
  #failure: Error | undefined;
  #ended = false;

  /**
   * Returns the thread of a device, which is kept until `leave`.
   *
   * @throws {ProviderUnavailableError} The program of the thread does not exist, as in a bundle.
   */
  static join({ provider, deviceId }: Device): DeviceThread {
    const device = provider === 'cpu' ? provider : `${provider}:${deviceId}`;
    const thread = current.get(device) ?? new DeviceThread(device);
    thread.#sessions++;
    return thread;
  }

  private constructor(device: string) {
    this.#device = device;
    this.#worker = startWorker(device, this.#state);
    this.#worker.on('message', (answer: ThreadAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => {
      this.#failure = error;
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#onExit(code);
        resolve();
      });
    });
    this.#worker.unref();
    current.set(device, this);
    if (alive.size === 0) process.on('exit', waitForAll);
    alive.add(this);
  }

  /** Whether it has ended, and accepts no more tasks. */
  get ended(): boolean {
    return this.#ended;
  }

  perform<Kind extends Task['kind']>(
    task: Extract<Task, { kind: Kind }>,
    transfer: ArrayBuffer[] = [],
  ): Promise<Results[Kind]> {
    if (this.#ended) return Promise.reject(this.#endedError());
    const caller = {};
    Error.captureStackTrace(caller);
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#worker.postMessage({ id, task } satisfies ThreadRequest, transfer);
      this.#calls.set(id, { caller, resolve: resolve as Call['resolve'], reject });
      this.#worker.ref();
    });
  }

  /** Call once for each `join`. The last call ends the thread, and resolves when it has exited. */
  async leave(): Promise<void> {
    this.#sessions--;
    if (this.#sessions > 0 || this.#ended) return;
    this.#end();
    this.#worker.ref();
    this.#worker.postMessage('end' satisfies ThreadRequest);
    await this.#exited;
  }

  /** Blocks until no native call is running, and prevents further ones. */
  waitForGood(): void {
    while (Atomics.compareExchange(this.#state, 0, states.free, states.ended) === states.busy) {
      Atomics.wait(this.#state, 0, states.busy);
    }
  }

  #settle(answer: ThreadAnswer): void {
    const call = this.#calls.get(answer.id);
    this.#calls.delete(answer.id);
    // `leave` waits for the exit of a thread that ends: the process must, too.
    if (this.#calls.size === 0 && !this.#ended) this.#worker.unref();
    if ('failure' in answer) call?.reject(withStack(errorOf(answer.failure), call.caller));
    else call?.resolve(answer.result);
  }

  #end(): void {
    this.#ended = true;
    if (current.get(this.#device) === this) current.delete(this.#device);
  }

  #onExit(code: number): void {
    this.#end();
    this.#failure ??= new Error(`exit code ${code}`);
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { caller, reject } of calls) reject(withStack(this.#endedError(), caller));
    alive.delete(this);
    if (alive.size === 0) process.off('exit', waitForAll);
  }

  #endedError(): ModelFailedError {
    const why = this.#failure === undefined ? 'its last session was closed' : this.#failure.message;
    return new ModelFailedError('ERR_MODEL_FAILED', `the thread of '${this.#device}' ended: ${why}`, {
      cause: this.#failure,
    });
  }
}

function startWorker(device: string, state: Int32Array): Worker {
  const program = join(__dirname, 'thread.js');
  if (!existsSync(program)) throw unavailable('models cannot run', bundled(program));
  try {
    return new Worker(program, {
      name: `cochlea ${device}`,
      workerData: state,
      // The flag concerns a script on the command line. A worker with a program file refuses it.
      ...(process.execArgv.some((flag) => flag.startsWith('--input-type')) && { execArgv: [] }),
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ACCESS_DENIED') throw error;
    const remedy = 'Start Node with --allow-worker, beside --permission and --allow-addons.';
    throw unavailable('models cannot run', { reason: 'this process may not start threads', remedy });
  }
}

function bundled(program: string): ProviderProblem {
  return {
    reason: `${program}, the program of their thread, does not exist: this is a bundle`,
    remedy: `Leave cochlea and onnxruntime-node out of it (esbuild: --external:cochlea --external:onnxruntime-node; webpack: externals; Next.js: serverExternalPackages: ['cochlea', 'onnxruntime-node']): docs/guide/deploying.md, "Bundlers".`,
  };
}

/** Note [Ending a thread]: the process ends as soon as the current runs have ended. */
function waitForAll(): void {
  for (const thread of alive) thread.waitForGood();
}

function errorOf(failure: Failure): CochleaError {
  if ('problem' in failure) return unavailable('models cannot run', failure.problem);
  const Class = errorClasses[failure.code] as typeof ModelFailedError;
  return new Class(failure.code, failure.message);
}

/** Shows the stack of the caller, instead of that of the thread. */
function withStack<Any extends CochleaError>(error: Any, { stack = '' }: { stack?: string }): Any {
  error.stack = `${error.name} [${error.code}]: ${error.message}\n${stack.slice(stack.indexOf('\n') + 1)}`;
  return error;
}
