import type { Cut } from './length.js';
import type { CacheOutcome } from './types.js';

/** Audio as it is kept and shared: the first source that it came from gave it its label. */
export interface Loaded extends Cut {
  readonly label: string;
}

/** Whoever shares an array must not transfer it, but might have. */
export function isIntact({ audio: { data, frames, channels } }: Loaded): boolean {
  return data.length === frames * channels;
}

/** Audio, and how it was come by. */
export interface Outcome {
  readonly loaded: Loaded;
  readonly how: CacheOutcome;
  /** Its key in the cache; `undefined` for what cannot be found again. */
  readonly key: string | undefined;
}
