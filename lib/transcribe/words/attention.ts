import { setImmediate } from 'node:timers/promises';

/** Cross-attention of the heads that are known to follow the audio. */
export interface Attention {
  /** `[heads, tokens, frames]`: what each token attends to, a softmax over all frames. */
  readonly weights: Float32Array;
  readonly heads: number;
  readonly tokens: number;
  /** 1500 for Whisper, 20 ms each. */
  readonly frames: number;
}

/** On both sides of a value, in the median filter of width 7. */
const half = 3;

/**
 * How little each token follows each frame: the negative mean over all heads of their weights, normalised over all
 * tokens and smoothed over time (openai/whisper, timing.py, `find_alignment`).
 *
 * It runs on the calling thread, and lets others run after each head: a long window takes some milliseconds for each.
 *
 * @param attention Its weights are changed.
 * @param used How many frames hold audio. Weights of the others do not count.
 * @returns `[to - from, used]`, of the tokens from `from` to `to`.
 */
export async function alignmentCosts(
  attention: Attention,
  from: number,
  to: number,
  used: number,
): Promise<Float32Array> {
  const { weights, heads, tokens, frames } = attention;
  const costs = new Float32Array((to - from) * used);
  const smooth = new Float32Array(used);
  for (let head = 0; head < heads; head++) {
    if (head > 0) await setImmediate();
    const rows = Array.from({ length: tokens }, (_, token) => {
      const begin = (head * tokens + token) * frames;
      return weights.subarray(begin, begin + used);
    });
    for (const row of rows) rescale(row);
    standardise(rows, used);
    for (let token = from; token < to; token++) {
      medianFilter(rows[token] as Float32Array, smooth);
      const begin = (token - from) * used;
      for (let frame = 0; frame < used; frame++) {
        costs[begin + frame] = (costs[begin + frame] as number) - (smooth[frame] as number);
      }
    }
  }
  for (let i = 0; i < costs.length; i++) {
    const mean = (costs[i] as number) / heads;
    // A path through NaN is none.
    costs[i] = Number.isFinite(mean) ? mean : 0;
  }
  return costs;
}

/** The softmax over a part of the frames is that over all, divided by its sum. */
function rescale(row: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i] as number;
  if (sum > 0) for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) / sum;
}

/** Each frame has mean 0 and standard deviation 1 over all tokens; 0 throughout, where all tokens have one weight. */
function standardise(rows: readonly Float32Array[], used: number): void {
  const means = new Float64Array(used);
  const deviations = new Float64Array(used);
  for (const row of rows) for (let i = 0; i < used; i++) means[i] = (means[i] as number) + (row[i] as number);
  for (let i = 0; i < used; i++) means[i] = (means[i] as number) / rows.length;
  for (const row of rows) {
    for (let i = 0; i < used; i++) {
      const difference = (row[i] as number) - (means[i] as number);
      deviations[i] = (deviations[i] as number) + difference * difference;
    }
  }
  for (let i = 0; i < used; i++) deviations[i] = Math.sqrt((deviations[i] as number) / rows.length);
  for (const row of rows) {
    for (let i = 0; i < used; i++) {
      const deviation = deviations[i] as number;
      row[i] = deviation > 0 ? ((row[i] as number) - (means[i] as number)) / deviation : 0;
    }
  }
}

/**
 * The median of each value and its three neighbours on both sides; beyond the ends the values come back mirrored.
 *
 * Two results at a time: of the six values that they share only the third and the fourth in order can be medians.
 */
export function medianFilter(values: Float32Array, result: Float32Array): void {
  const count = values.length;
  if (count <= half) {
    result.set(values);
    return;
  }
  const { min, max } = Math;
  const padded = mirrored(values);
  // Behind the end of `padded` there is nothing, but the result that it would be for is not written either.
  for (let at = 0; at < count; at += 2) {
    const [a, b, c] = [padded[at + 1] as number, padded[at + 2] as number, padded[at + 3] as number];
    const [d, e, f] = [padded[at + 4] as number, padded[at + 5] as number, padded[at + 6] as number];
    // Two threes in order; the k-th of both is the least of the larger of i-th and (k - i)-th.
    const low = min(a, b);
    const high = max(a, b);
    const first = min(low, c);
    const second = max(low, min(high, c));
    const third = max(high, c);
    const least = min(d, e);
    const most = max(d, e);
    const fourth = min(least, f);
    const fifth = max(least, min(most, f));
    const sixth = max(most, f);
    const lower = min(third, max(second, fourth), max(first, fifth), sixth);
    const upper = max(first, min(second, sixth), min(third, fifth), fourth);
    result[at] = max(lower, min(padded[at] as number, upper));
    result[at + 1] = max(lower, min(padded[at + 7] as number, upper));
  }
}

/** With three more at both ends. */
function mirrored(values: Float32Array): Float32Array {
  const padded = new Float32Array(values.length + 2 * half);
  padded.set(values, half);
  for (let i = 1; i <= half; i++) {
    padded[half - i] = values[i] as number;
    padded[values.length + half - 1 + i] = values[values.length - 1 - i] as number;
  }
  return padded;
}
