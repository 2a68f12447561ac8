import { setImmediate } from 'node:timers/promises';
import { AbortError, RequestInvalidError } from '../../errors.js';

/** One part of a body of the type `multipart/form-data`. */
export interface Part {
  readonly name: string;
  /** Whether it has a file name, or is of the type application/octet-stream. */
  readonly isFile: boolean;
  /** A view of the body. */
  readonly bytes: Buffer;
}

/** Bytes that are searched before the event loop goes on: a millisecond, or ten where the body makes it hard. */
const step = 256 * 1024;
/** Bytes of the headers of a part. */
const mostHeaders = 16 * 1024;
/** A name of RFC 9110, and a value without control characters but tabs. */
const headerLine = /^[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e\x80-\uffff]*$/;
const blankLine = Buffer.from('\r\n\r\n');

/**
 * The parts of a form that came whole (RFC 7578; RFC 2046, section 5.1.1). Nothing is copied, and nothing is passed over
 * but text before the first part and after the last: parts after the end, which others would read, are refused.
 *
 * @throws {RequestInvalidError} It is not a whole, well-formed form.
 * @throws {AbortError} The signal aborted.
 */
export async function* partsOf(body: Buffer, contentType: string, signal: AbortSignal): AsyncGenerator<Part, void> {
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
  let searched = 0;
  /** Where the next delimiter begins; undefined without one. */
  const search = async (start: number): Promise<number | undefined> => {
    for (let from = start; from < body.length; from += step) {
      const at = body.subarray(from, from + step + delimiter.length - 1).indexOf(delimiter);
      searched += at < 0 ? step : at;
      if (searched >= step) {
        searched = 0;
        await setImmediate();
        if (signal.aborted) throw new AbortError(signal.reason);
      }
      if (at >= 0) return from + at;
    }
    return undefined;
  };
  const next = async (start: number): Promise<number> => {
    const at = await search(start);
    if (at === undefined) throw malformed('it does not end');
    return at;
  };
  const first = delimiter.subarray(2);
  let at = body.subarray(0, first.length).equals(first) ? -2 : await next(0);
  for (;;) {
    const line = at + delimiter.length;
    if (body.subarray(line, line + 2).toString() === '--') {
      if (line + 2 < body.length) endOfLine(body, line + 2);
      if ((await search(line)) !== undefined) throw malformed('a part follows its end');
      return;
    }
    const start = endOfLine(body, line);
    // The line ending before a delimiter is part of it: there may be no other one where a part is empty.
    at = await next(start - 2);
    yield partOf(body.subarray(start, Math.max(start, at)));
  }
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw malformed('its content type names no boundary');
  // By RFC 2046; a longer one would make the search slow.
  if (boundary.length > 70) throw malformed('its boundary has more than 70 characters');
  return boundary;
}

/** Behind a delimiter there may be blanks. */
function endOfLine(body: Buffer, start: number): number {
  let at = start;
  while (body[at] === 0x20 || body[at] === 0x09) at++;
  if (body[at] !== 0x0d || body[at + 1] !== 0x0a) throw malformed('a boundary is not at the end of its line');
  return at + 2;
}

function partOf(bytes: Buffer): Part {
  const end = bytes.subarray(0, mostHeaders + blankLine.length).indexOf(blankLine);
  if (end < 0) throw malformed(`a part has no headers, or more than ${mostHeaders} bytes of them`);
  const headers = bytes.subarray(0, end).toString().split('\r\n');
  if (!headers.every((line) => headerLine.test(line))) throw malformed('a part has a header that is none');
  const header = (name: string): string | undefined =>
    headers
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const disposition = header('content-disposition') ?? '';
  if (!/^form-data(;|$)/i.test(disposition)) throw malformed('a part is no form-data');
  const parameters = parametersOf(disposition.slice('form-data'.length));
  const name = parameters.get('name') ?? '';
  if (name === '') throw malformed('a part has no name');
  const hasFileName = parameters.has('filename') || parameters.has('filename*');
  const isFile = hasFileName || /^application\/octet-stream(;|$)/i.test(header('content-type') ?? '');
  return { name, isFile, bytes: bytes.subarray(end + blankLine.length) };
}

/** The parameters of a header: `; name="file"; filename=a.mp3`. */
function parametersOf(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  const one = /\s*;\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~-]+))\s*/y;
  for (let at = 0; at < text.length; at = one.lastIndex) {
    const [, name = '', quoted, plain = ''] = one.exec(text) ?? [];
    if (name === '' && text.slice(at).trim() === ';') break;
    if (name === '') throw malformed('a part has a header that is no list of parameters');
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
  }
  return parameters;
}

function malformed(why: string): RequestInvalidError {
  return new RequestInvalidError('ERR_REQUEST_INVALID', `the form is malformed: ${why}`);
}
