/**
 * The word error rate of a transcript: the least number of words to replace, leave out or add that makes it the
 * reference, for each word of the reference. Case and punctuation do not count.
 */
export function wordErrorRate(reference: string, transcript: string): number {
  const expected = wordsOf(reference);
  if (expected.length === 0) throw new RangeError('the reference has no words');
  return distance(expected, wordsOf(transcript)) / expected.length;
}

/** Lower case, without the characters of Unicode's category P. */
function wordsOf(text: string): string[] {
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
