import type { ErrorCode } from '../errors.js';
import type { ProviderProblem } from './provider_problem.js';
import type { OnnxTensors, Provider, ValueInfo } from './types.js';

/** What a session and the thread of its device say to each other. */

/** Where a model is: a path, so that its external data is found beside it, or its bytes. */
export type Model = string | Uint8Array;

export interface Device {
  readonly provider: Provider;
  readonly deviceId: number;
}

export type Task =
  /** Loads a model of its own and runs it. */
  | { readonly kind: 'try'; readonly device: Device }
  | { readonly kind: 'load'; readonly session: number; readonly model: Model; readonly device: Device }
  | { readonly kind: 'run'; readonly session: number; readonly inputs: OnnxTensors }
  | { readonly kind: 'release'; readonly session: number };

/** What a task resolves to. */
export interface Results {
  /** `undefined`: nothing is in the way. */
  try: ProviderProblem | undefined;
  load: { readonly inputs: readonly ValueInfo[]; readonly outputs: readonly ValueInfo[] };
  run: OnnxTensors;
  release: undefined;
}

/** To the thread. `end`: nothing follows. */
export type ThreadRequest = { readonly id: number; readonly task: Task } | 'end';

export type Failure = { readonly code: ErrorCode; readonly message: string } | { readonly problem: ProviderProblem };

/** From the thread, one for each task, in their order. */
export type ThreadAnswer = { readonly id: number } & ({ readonly result: unknown } | { readonly failure: Failure });

/**
 * Note [Ending a thread]: whoever ends a worker inside a native call of ONNX Runtime, as `worker.terminate()` and
 * `process.exit()` do, ends the process: when the call comes back, its binding can neither return nor throw, and
 * aborts. One word that both sides see keeps the peace. The thread takes it before each native call and gives it back
 * afterwards; an owner that ends waits until it is free, and takes it for ever.
 */
export const states = { free: 0, busy: 1, ended: 2 } as const;
