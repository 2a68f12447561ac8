import type { Cut } from './length.js';
import type { CacheOutcome } from './types.js';

/** Audio as it is kept and shared. The label is that of the first source that it came from. */
export interface Loaded extends Cut {
  readonly label: string;
}

/** Whether the samples are still there: a caller may have transferred the shared array, although it must not. */
export function isIntact({ audio: { data, frames, channels } }: Loaded): boolean {
  return data.length === frames * channels;
}

/** Audio, and where it came from. */
export interface Outcome {
  readonly loaded: Loaded;
  readonly how: CacheOutcome;
  /** Its key in the cache; `undefined` if it cannot be cached. */
  readonly key: string | undefined;
}
