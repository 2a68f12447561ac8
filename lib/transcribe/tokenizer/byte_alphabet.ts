/**
 * The alphabet in which GPT-2 writes bytes: printable characters of Latin-1 stand for themselves, each other byte is the
 * next character from U+0100 on (openai/gpt-2, encoder.py, `bytes_to_unicode`).
 */
const letters: readonly string[] = (() => {
  let next = 0x100;
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
})();

const values = new Int16Array(0x144).fill(-1);
for (const [byte, letter] of letters.entries()) values[letter.charCodeAt(0)] = byte;

/** The letter of a byte. */
export function byteLetter(byte: number): string {
  return letters[byte] as string;
}

/** The byte of the letter with this UTF-16 code; -1 if it is none of the alphabet. */
export function letterByte(code: number): number {
  return values[code] ?? -1;
}
