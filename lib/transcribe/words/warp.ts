/** Steps of the path, as the reference numbers them: to both, to the row above, to the column before. */
const diagonal = 0;
const up = 1;
const left = 2;

/**
 * Dynamic time warping: the cheapest way through a matrix `[rows, columns]` from its first element to its last, by
 * steps to the next row, the next column, or both (openai/whisper, timing.py, `dtw_cpu`). Costs are summed as float32,
 * as there: of paths of nearly equal costs it takes the same.
 *
 * @returns For each row the column in which the path enters it.
 */
export function warp(matrix: Float32Array, rows: number, columns: number): Int32Array {
  const starts = new Int32Array(rows);
  if (rows === 0 || columns === 0) return starts;
  const trace = new Uint8Array(rows * columns);
  // Of the row above, up to `column` that of the current one. Before the first row there is only a place to begin.
  const costs = new Float32Array(columns).fill(Number.POSITIVE_INFINITY);
  for (let row = 0; row < rows; row++) {
    let both = row === 0 ? 0 : Number.POSITIVE_INFINITY;
    let before = Number.POSITIVE_INFINITY;
    for (let column = 0, at = row * columns; column < columns; column++, at++) {
      const top = costs[column] as number;
      let step = left;
      let cost = before;
      if (both < top && both < before) {
        step = diagonal;
        cost = both;
      } else if (top < both && top < before) {
        step = up;
        cost = top;
      }
      before = Math.fround((matrix[at] as number) + cost);
      costs[column] = before;
      trace[at] = step;
      both = top;
    }
  }
  let column = columns - 1;
  for (let row = rows - 1; row > 0; row--) {
    while (column > 0 && trace[row * columns + column] === left) column--;
    starts[row] = column;
    if (column > 0 && trace[row * columns + column] === diagonal) column--;
  }
  return starts;
}
