import type { ErrorCode } from '../errors.js';
import type { ProviderProblem } from './provider_problem.js';
import type { OnnxTensors, Provider, ValueInfo } from './types.js';

/** Messages between a session and the thread of its device. */

/** A model: its path (its external data is found beside it), or its bytes. */
export type Model = string | Uint8Array;

export interface Device {
  readonly provider: Provider;
  readonly deviceId: number;
  /** Threads of a run on the CPU; `undefined`: one for each physical core. */
  readonly threads?: number | undefined;
}

export type Task =
  /** Loads and runs the trial model. */
  | { readonly kind: 'try'; readonly device: Device }
  | { readonly kind: 'load'; readonly session: number; readonly model: Model; readonly device: Device }
  | { readonly kind: 'run'; readonly session: number; readonly inputs: OnnxTensors }
  | { readonly kind: 'release'; readonly session: number }
  /** Note [Programs]. */
  | {
      readonly kind: 'open';
      readonly program: number;
      readonly module: string;
      readonly options: unknown;
      readonly device: Device;
    }
  /** Not in a turn: the program takes its turns itself. */
  | { readonly kind: 'call'; readonly program: number; readonly name: string; readonly argument: unknown }
  | { readonly kind: 'close'; readonly program: number };

/** The result of each kind of task. */
export interface Results {
  /** `undefined` if the provider works. */
  try: ProviderProblem | undefined;
  load: { readonly inputs: readonly ValueInfo[]; readonly outputs: readonly ValueInfo[] };
  run: OnnxTensors;
  release: undefined;
  open: undefined;
  call: unknown;
  close: undefined;
}

/** Message to the thread. `end` is the last one. */
export type ThreadRequest = { readonly id: number; readonly task: Task } | 'end';

export type Failure = { readonly code: ErrorCode; readonly message: string } | { readonly problem: ProviderProblem };

/** Message from the thread: one for each task, in their order. */
export type ThreadAnswer = { readonly id: number } & ({ readonly result: unknown } | { readonly failure: Failure });

/**
 * Note [Ending a thread]: `worker.terminate()` and `process.exit()` may end a worker inside a native call of ONNX
 * Runtime. When the call returns, its binding can neither return nor throw, and aborts the process. One word in shared
 * memory prevents that. The thread takes it before each native call and frees it afterwards. An owner that ends waits
 * until it is free, and takes it for ever.
 */
export const states = { free: 0, busy: 1, ended: 2 } as const;
