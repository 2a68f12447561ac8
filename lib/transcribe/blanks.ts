const whiteSpace = /\p{White_Space}/u;

/**
 * Blanks as Python's `str.strip` takes them, by which the reference of Whisper decides: White_Space of Unicode, and the
 * separators U+001C to U+001F. `String.prototype.trim` differs in U+0085, U+FEFF and those separators.
 */
function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code >= 0x1c && code <= 0x20) || whiteSpace.test(text[at] as string);
}

/** The text without blanks at its ends. */
export function stripBlanks(text: string): string {
  let begin = 0;
  let end = text.length;
  while (begin < end && isBlank(text, begin)) begin++;
  while (begin < end && isBlank(text, end - 1)) end--;
  return text.slice(begin, end);
}
