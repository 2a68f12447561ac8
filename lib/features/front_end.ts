import type { NativeCancellation } from '../native/binding.js';
import { runNative } from '../native/job.js';
import type { Batch } from './batch.js';
import type { Clip } from './clips.js';

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

/**
 * What native work makes of each clip, `size` elements, one clip after the other; a clip is a job. Settles once none
 * runs any more; with the failure of the first that failed.
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
