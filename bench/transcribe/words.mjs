/** Lower case, without the characters of Unicode's category P. @param {string} text */
export function wordsOf(text) {
  const bare = text.toLowerCase().replace(/\p{P}/gu, '');
  return bare.split(/\s+/).filter((word) => word !== '');
}

/**
 * The least number of words to replace, leave out or add that makes a transcript the reference, for each word of the
 * reference: the distance of Wagner and Fischer, a row at a time.
 *
 * @param {string} reference @param {string} transcript
 */
export function wordErrorRate(reference, transcript) {
  const [expected, found] = [wordsOf(reference), wordsOf(transcript)];
  let above = Array.from({ length: found.length + 1 }, (_, column) => column);
  for (const [row, word] of expected.entries()) {
    const current = [row + 1];
    for (const [column, other] of found.entries()) {
      const replaced = above[column] + (word === other ? 0 : 1);
      current.push(Math.min(replaced, above[column + 1] + 1, current[column] + 1));
    }
    above = current;
  }
  return above.at(-1) / expected.length;
}
