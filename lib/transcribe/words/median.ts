/** On both sides of a value: the width is 7. */
export const half = 3;

/**
 * The median of each value and its three neighbours on both sides (openai/whisper, timing.py, `median_filter`).
 *
 * Two results at a time: of the six values that they share only the third and the fourth in order can be medians.
 *
 * @param padded Three more values at both ends than there are results. It is overwritten at the ends: beyond them the
 * values come back mirrored.
 */
export function medianFilter(padded: Float32Array, result: Float32Array): void {
  const count = result.length;
  if (count <= half) {
    result.set(padded.subarray(half, half + count));
    return;
  }
  mirror(padded);
  const { min, max } = Math;
  // Behind the end of `padded` there is nothing, but the result that it would be for is not written either.
  for (let at = 0; at < count; at += 2) {
    const a = padded[at + 1] as number;
    const b = padded[at + 2] as number;
    const c = padded[at + 3] as number;
    const d = padded[at + 4] as number;
    const e = padded[at + 5] as number;
    const f = padded[at + 6] as number;
    const low = min(a, b);
    const high = max(a, b);
    const first = min(low, c);
    const second = max(low, min(high, c));
    const third = max(high, c);
    const less = min(d, e);
    const more = max(d, e);
    const fourth = min(less, f);
    const fifth = max(less, min(more, f));
    const sixth = max(more, f);
    // Of two threes in order: the k-th of all is the least of the larger of the i-th and the (k - i)-th.
    const lower = min(third, max(second, fourth), max(first, fifth), sixth);
    const upper = max(first, min(second, sixth), min(third, fifth), fourth);
    result[at] = max(lower, min(padded[at] as number, upper));
    result[at + 1] = max(lower, min(padded[at + 7] as number, upper));
  }
}

function mirror(padded: Float32Array): void {
  const last = padded.length - half - 1;
  for (let i = 1; i <= half; i++) {
    padded[half - i] = padded[half + i] as number;
    padded[last + i] = padded[last - i] as number;
  }
}
