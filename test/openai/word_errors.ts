/**
 * The word error rate of a transcript: the least number of words to replace, leave out or add that makes it the
 * reference, for each word of the reference. Case and punctuation do not count.
 */
export function wordErrorRate(reference: string, transcript: string): number {
  const expected = wordsOf(reference);
  if (expected.length === 0) throw new RangeError('the reference has no words');
  return distance(expected, wordsOf(transcript)) / expected.length;
}

/** Of a transcript against a reference: which words differ, and where they are in each. */
export interface WordDifference {
  /** Place in the reference: words before it. */
  readonly at: number;
  /** What the reference has. */
  readonly expected: string | undefined;
  /** What the transcript has instead, or beside. */
  readonly found: string | undefined;
}

/** The words to replace, leave out or add, in order. */
export function wordDifferences(expected: readonly string[], found: readonly string[]): WordDifference[] {
  const costs = Array.from({ length: expected.length + 1 }, (_, row) =>
    Array.from({ length: found.length + 1 }, (_, column) => (row === 0 ? column : column === 0 ? row : 0)),
  );
  const cost = (row: number, column: number): number => costs[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= expected.length; row++) {
    for (let column = 1; column <= found.length; column++) {
      const replaced = cost(row - 1, column - 1) + (expected[row - 1] === found[column - 1] ? 0 : 1);
      (costs[row] as number[])[column] = Math.min(replaced, cost(row - 1, column) + 1, cost(row, column - 1) + 1);
    }
  }
  const differences: WordDifference[] = [];
  let [row, column] = [expected.length, found.length];
  while (row > 0 || column > 0) {
    const [here, there] = [expected[row - 1], found[column - 1]];
    const isSame = row > 0 && column > 0 && here === there;
    if (row > 0 && column > 0 && cost(row, column) === cost(row - 1, column - 1) + (isSame ? 0 : 1)) {
      if (!isSame) differences.push({ at: row - 1, expected: here, found: there });
      row--;
      column--;
    } else if (row > 0 && cost(row, column) === cost(row - 1, column) + 1) {
      differences.push({ at: row - 1, expected: here, found: undefined });
      row--;
    } else {
      differences.push({ at: row, expected: undefined, found: there });
      column--;
    }
  }
  return differences.reverse();
}

/** Lower case, without the characters of Unicode's category P. */
export function wordsOf(text: string): string[] {
  const bare = text.toLowerCase().replace(/\p{P}/gu, '');
  return bare.split(/\s+/).filter((word) => word !== '');
}

/** The edit distance of Wagner and Fischer, a row at a time. */
function distance(expected: readonly string[], found: readonly string[]): number {
  let above = Array.from({ length: found.length + 1 }, (_, column) => column);
  expected.forEach((word, row) => {
    const current = [row + 1];
    found.forEach((other, column) => {
      const replaced = (above[column] as number) + (word === other ? 0 : 1);
      const missing = (above[column + 1] as number) + 1;
      const added = (current[column] as number) + 1;
      current.push(Math.min(replaced, missing, added));
    });
    above = current;
  });
  return above.at(-1) as number;
}
