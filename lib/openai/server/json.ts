/** A text in quotes, or what Python and JavaScript write for numbers that are none. Only the latter is in the group. */
const noNumbers = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(NaN|Infinity)\b/gs;

/**
 * The value of an answer, or `undefined` if it is no JSON. `NaN` and `Infinity`, which Python writes by default, become
 * null.
 */
export function parsedAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (!/^\s*[[{]/.test(text) || !/NaN|Infinity/.test(text)) return undefined;
  }
  try {
    return JSON.parse(text.replace(noNumbers, (all, word) => (word === undefined ? all : 'null')));
  } catch {
    return undefined;
  }
}
