import type { Readable } from 'node:stream';

/*
 * Note [Uploads that are answered]
 *
 * Destroying the request of a server (`http.IncomingMessage`) destroys its socket, so the client would not get the
 * answer that refuses its upload. Leaving the request unread is no solution: many clients read no answer before they
 * have sent everything, so both sides would block once the buffers are full. So the rest is read and dropped.
 * body-parser does the same, and so does Node with a request that nobody reads. The connection can even be reused. The
 * rest is bounded in bytes, and in time by the `requestTimeout` of the server. Beyond that, the request is left unread;
 * a client that reads while it sends still gets its answer.
 *
 * A file of a form is a part of a request. If it were destroyed, the form parser would wait for ever, and the fields
 * after it would never arrive.
 */

/** Bytes of a request that are read and dropped at most: twice the largest source that is accepted by default. */
const mostDropped = 1024 ** 3;

/** Whether it is the request of a server, of HTTP/1 or HTTP/2, or a file that busboy (multer, Fastify) finds in one. */
export function isAnswered(stream: object): boolean {
  const { method, httpVersion, truncated } = stream as Partial<Record<string, unknown>>;
  // The answer that a client gets is an IncomingMessage, too, but has no method.
  return (typeof method === 'string' && typeof httpVersion === 'string') || typeof truncated === 'boolean';
}

/** Reads and drops the rest. */
export function drain(stream: Readable): void {
  let left = mostDropped;
  const drop = (chunk: Uint8Array | string): void => {
    left -= chunk.length;
    if (left >= 0) return;
    stream.off('data', drop);
    stream.pause();
  };
  stream.on('data', drop);
  stream.resume();
}

/** Reads and drops the rest of the body of a web `Request`. */
export async function drainReader(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let left = mostDropped;
  while (left >= 0) {
    const { done, value } = await reader.read();
    if (done) return;
    left -= value.byteLength;
  }
  await reader.cancel();
}
