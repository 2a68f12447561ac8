import type { Batch } from './batch.js';

/** A call of `extract`. */
export interface Call {
  readonly signal: AbortSignal | undefined;
  /** With the stack of the call. */
  readonly caller: { stack?: string };
}

/** What computes the features of a batch, by one of the providers. */
export interface FrontEnd {
  /** float32, `[clips, mels, frames]`. */
  compute(batch: Batch, call: Call): Promise<Float32Array<ArrayBuffer>>;
  /** Waits for what runs, then gives up what it holds. */
  close(): Promise<void>;
}

/** The results of all, once none runs any more; or the failure of the first that failed. */
export async function allDone(each: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(each);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
