import type { PlanarFrames } from './frames.js';

/**
 * Start of the quietest `window` frames among the `frames` of `audio`, which are at least as many: those
 * with the least RMS over all channels; the first of several.
 *
 * Note [Sums without drift]
 * A running sum that adds what enters and subtracts what leaves keeps the rounding errors of every loud
 * sample that has passed, so that silence after speech is no longer zero; differences of prefix sums lose
 * quiet windows in the same way. Here nothing is ever subtracted: the frames are cut into blocks of `window`, and
 * any window is the end of one block and the beginning of the next, whose sums are prepared by adding up
 * each block from its end and from its beginning. Linear time; each sum is within `window` roundings of
 * float64 (about 2e-13 of itself for 1600) of the true one, however loud its surroundings. Squares of
 * samples that were 16-bit integers add up without any rounding: then ties are exact, too.
 */
export function quietest(audio: PlanarFrames, frames: number, channels: number, window: number): number {
  const energies = frameEnergies(audio, frames, channels);
  // toEnd[i]: sum from i to the end of its block.
  const toEnd = energies.slice();
  for (let i = frames - 2; i >= 0; i--) {
    if ((i + 1) % window !== 0) (toEnd[i] as number) += toEnd[i + 1] as number;
  }
  let least = Number.POSITIVE_INFINITY;
  let start = 0;
  // From the beginning of the block that follows the window's first one, to the window's end.
  let fromBeginning = 0;
  for (let i = 0; i + window <= frames; i++) {
    if (i % window === 0) fromBeginning = 0;
    else fromBeginning += energies[i + window - 1] as number;
    const sum = (toEnd[i] as number) + fromBeginning;
    if (sum < least) {
      least = sum;
      start = i;
    }
  }
  return start;
}

/** Sum of squares over the channels, for each frame. */
function frameEnergies({ data, offset, stride }: PlanarFrames, frames: number, channels: number): Float64Array {
  const energies = new Float64Array(frames);
  for (let c = 0; c < channels; c++) {
    const from = offset + c * stride;
    for (let i = 0; i < frames; i++) {
      const sample = data[from + i] as number;
      (energies[i] as number) += sample * sample;
    }
  }
  return energies;
}
