import { half, medianFilter } from './median.js';

/** Cross-attention of the heads that are known to follow the audio. */
export interface Attention {
  /** `[heads, tokens, frames]`: what each token attends to, a softmax over all frames. */
  readonly weights: Float32Array;
  readonly heads: number;
  readonly tokens: number;
  /** 1500 for Whisper, 20 ms each. */
  readonly frames: number;
}

/**
 * How little each token follows each frame: the negative mean over all heads of their weights, normalised over all
 * tokens and smoothed over time (openai/whisper, timing.py, `find_alignment`).
 *
 * @param used How many frames hold audio. Weights of the others do not count.
 * @returns `[to - from, used]`, of the tokens from `from` to `to`.
 */
export function alignmentCosts(attention: Attention, from: number, to: number, used: number): Float32Array {
  const { weights, heads, tokens, frames } = attention;
  const costs = new Float32Array((to - from) * used);
  const padded = new Float32Array(used + 2 * half);
  const smooth = new Float32Array(used);
  for (let head = 0; head < heads; head++) {
    const rows = Array.from({ length: tokens }, (_, token) => {
      const begin = (head * tokens + token) * frames;
      return weights.subarray(begin, begin + used);
    });
    const scales = rows.map(scaleOf);
    const { means, scales: spreads } = statisticsOf(rows, scales, used);
    for (let token = from; token < to; token++) {
      const row = rows[token] as Float32Array;
      const scale = scales[token] as number;
      for (let i = 0; i < used; i++) {
        padded[half + i] = ((row[i] as number) * scale - (means[i] as number)) * (spreads[i] as number);
      }
      medianFilter(padded, smooth);
      const begin = (token - from) * used;
      for (let i = 0; i < used; i++) costs[begin + i] = (costs[begin + i] as number) - (smooth[i] as number);
    }
  }
  for (let i = 0; i < costs.length; i++) {
    const mean = (costs[i] as number) / heads;
    // A path through NaN is none.
    costs[i] = Number.isFinite(mean) ? mean : 0;
  }
  return costs;
}

/** The softmax over the frames that are used is that over all, times this. */
function scaleOf(row: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i] as number;
  return sum > 0 ? 1 / sum : 0;
}

/** Of each frame over all tokens: the mean, and 1 / standard deviation; 0 where all tokens have one weight. */
function statisticsOf(rows: readonly Float32Array[], scales: readonly number[], used: number) {
  const means = new Float64Array(used);
  const squares = new Float64Array(used);
  for (const [token, row] of rows.entries()) {
    const scale = scales[token] as number;
    for (let i = 0; i < used; i++) {
      const weight = (row[i] as number) * scale;
      means[i] = (means[i] as number) + weight;
      squares[i] = (squares[i] as number) + weight * weight;
    }
  }
  for (let i = 0; i < used; i++) {
    const mean = (means[i] as number) / rows.length;
    const square = (squares[i] as number) / rows.length;
    const variance = square - mean * mean;
    means[i] = mean;
    // Weights are float32: less is an error of rounding.
    squares[i] = variance > 1e-13 * square ? 1 / Math.sqrt(variance) : 0;
  }
  return { means, scales: squares };
}
