import { FetchFailedError } from '../errors.js';
import type { Producer } from './types.js';

type Body = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A `Response` or `Request` of fetch, of whichever implementation. */
export function isHttpMessage(value: unknown): value is Response | Request {
  if (typeof value !== 'object' || value === null || !('body' in value) || !('bodyUsed' in value)) return false;
  return typeof (value as Partial<Response>).arrayBuffer === 'function';
}

/**
 * Produces the bytes of the body. Reading a `Response` with a failing status fails with a `FetchFailedError`: the body
 * of a 404 is not audio.
 *
 * @param producerOf `answered`: whether the body is an upload.
 * @throws {TypeError} The body was already read.
 */
export function messageProducer(
  message: Response | Request,
  producerOf: (body: Body, answered: boolean) => Producer,
): Producer {
  const isResponse = 'status' in message;
  const name = isResponse ? 'Response' : 'Request';
  if (message.bodyUsed) throw new TypeError(`source is a ${name} whose body was read already`);
  // The body of node-fetch is a Node stream.
  const body = message.body as Body | null;
  const producer = body === null ? empty : producerOf(body, !isResponse);
  if (!isResponse || message.ok) return producer;
  return { next: () => Promise.reject(failure(message.status)), stop: () => producer.stop() };
}

const empty: Producer = { next: async () => ({ done: true }), stop() {} };

function failure(status: number): FetchFailedError {
  const isFinal = status !== 408 && status !== 429 && status < 500;
  return new FetchFailedError(`its server answers ${status}`, 'status', isFinal, { status });
}
