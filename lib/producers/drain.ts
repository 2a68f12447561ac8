import type { Readable } from 'node:stream';

/*
 * Note [Uploads that are answered]
 *
 * Whoever destroys the request of a server (`http.IncomingMessage`) destroys its socket, and with it the answer that
 * was to say why the upload is refused. Many clients read no answer before all is sent, so that a request that is only
 * left alone blocks both sides once the buffers are full. So the rest is read and dropped, as body-parser does, and
 * Node itself with a request that nobody reads: the connection can even be used again. Bounded in bytes, and in time by
 * the `requestTimeout` of the server; beyond, the request is left where it is, which ends the upload of no client that
 * reads while it sends.
 *
 * A file of a form is a part of a request: destroyed, it would hold up the parser for good, and with it the fields
 * behind it.
 */

/** What is read and dropped of a request: twice the largest source that is taken by default. */
const mostDropped = 1024 ** 3;

/** Whether it is the request of a server, of HTTP/1 or HTTP/2, or a file that busboy (multer, Fastify) finds in one. */
export function isAnswered(stream: object): boolean {
  const { method, httpVersion, truncated } = stream as Partial<Record<string, unknown>>;
  // A client's answer is an IncomingMessage, too, without a method.
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

/** The same of the body of a web `Request`. */
export async function drainReader(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let left = mostDropped;
  while (left >= 0) {
    const { done, value } = await reader.read();
    if (done) return;
    left -= value.byteLength;
  }
  await reader.cancel();
}
