import type { NativeCancellation } from '../native/binding.js';
import { runNative } from '../native/job.js';
import type { Clip } from './clips.js';
import type { Batch } from './padding.js';

/** A call of `extract`. */
export interface Call {
  readonly signal: AbortSignal | undefined;
  /** Holds the stack of the call. */
  readonly caller: { stack?: string };
}

/** Computes the features of a batch with one of the providers. */
export interface FrontEnd {
  /** float32, `[clips, mels, frames]`. */
  compute(batch: Batch, call: Call): Promise<Float32Array<ArrayBuffer>>;
  /** Waits for running calls, then frees its resources. */
  close(): Promise<void>;
}

/**
 * Runs one native job for each clip. Each fills `size` elements of the result, in the order of the clips. Settles when
 * no job runs any more. Rejects with the failure of the first clip that failed.
 */
export async function perClip(
  clips: readonly Clip[],
  size: number,
  { signal, caller }: Call,
  fill: (clip: Clip, to: Float32Array, cancellation: NativeCancellation) => Promise<void>,
): Promise<Float32Array<ArrayBuffer>> {
  const all = new Float32Array(clips.length * size);
  const jobs = clips.map((clip, index) => {
    const to = all.subarray(index * size, (index + 1) * size);
    return runNative({ signal, timeout: undefined }, (cancellation) => fill(clip, to, cancellation), caller);
  });
  const outcomes = await Promise.allSettled(jobs);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return all;
}
