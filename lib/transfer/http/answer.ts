import type { IncomingMessage, ServerResponse } from 'node:http';

/** The parts of a safetensors file, and the digest of its elements. */
export interface Held {
  readonly parts: readonly Uint8Array[];
  readonly digest: string;
}

/** Bytes of a file from `start` up to, but not with, `end`. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The whole file, or the one range that was asked for (RFC 9110, section 14). Nothing is copied. */
export function answer(request: IncomingMessage, response: ServerResponse, { parts, digest }: Held): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD, DELETE');
    refuse(response, 405, 'Use GET, HEAD or DELETE.');
    return;
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const span = rangeOf(request.headers.range, length);
  if (span === undefined) {
    response.setHeader('content-range', `bytes */${length}`);
    refuse(response, 416, 'No byte of the tensor is in this range.');
    return;
  }
  const { start, end } = span;
  const part = end - start < length;
  response.writeHead(part ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': end - start,
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    etag: `"${digest}"`,
    ...(part && { 'content-range': `bytes ${start}-${end - 1}/${length}` }),
  });
  if (request.method === 'GET') for (const bytes of within(parts, span)) response.write(bytes);
  response.end();
}

export function refuse(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ error: { message } });
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(body);
}

/** All, if none or several ranges are asked for, or something that is no range; `undefined` for one outside. */
function rangeOf(header: string | undefined, length: number): Span | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return { start: 0, end: length };
  if (first === '') return last === '0' ? undefined : { start: Math.max(0, length - Number(last)), end: length };
  const start = Number(first);
  const end = last === '' ? length : Math.min(Number(last) + 1, length);
  if (last !== '' && Number(last) < start) return { start: 0, end: length };
  return start < length ? { start, end } : undefined;
}

function* within(parts: readonly Uint8Array[], { start, end }: Span): Generator<Uint8Array> {
  let offset = 0;
  for (const part of parts) {
    const bytes = part.subarray(Math.max(0, start - offset), Math.max(0, end - offset));
    if (bytes.length > 0) yield bytes;
    offset += part.length;
  }
}
