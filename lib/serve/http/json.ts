import { RequestInvalidError } from '../../errors.js';

const quote = 0x22;
const backslash = 0x5c;
/** Bytes outside of strings: a request with a thousand clips has a tenth of them. */
const most = 256 * 1024;

/**
 * Looks at JSON before it is parsed. Text is parsed fast, however much of it there is; but 60 MB of brackets would stop
 * the event loop for half a minute, and become 3 GB of objects.
 *
 * @throws {RequestInvalidError} There is too much of it beside text.
 */
export function checkJson(bytes: Buffer): void {
  let outside = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (++outside > most) {
      throw new RequestInvalidError(
        'ERR_REQUEST_INVALID',
        `the JSON has more than ${most} bytes outside of its strings`,
      );
    }
    if (bytes[at] !== quote) continue;
    do {
      // An escaped quote counts, too: each is a search of its own.
      outside++;
      at = bytes.indexOf(quote, at + 1);
      // It does not end: the parser says so.
      if (at < 0) return;
    } while (isEscaped(bytes, at) && outside <= most);
  }
}

/** Whether an odd number of backslashes comes before it. */
function isEscaped(bytes: Buffer, at: number): boolean {
  let first = at;
  while (bytes[first - 1] === backslash) first--;
  return (at - first) % 2 === 1;
}
