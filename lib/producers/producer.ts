import { isArrayBuffer, isUint8Array } from 'node:util/types';
import { shown } from '../checks.js';
import { isReadableStream } from '../realm.js';
import { drainReader } from './drain.js';
import { isHttpMessage, messageProducer } from './http_message.js';
import { isNodeStream, nodeProducer } from './node_stream.js';
import type { Producer } from './types.js';

/**
 * Bytes that are still arriving: each chunk is read once and not kept. For a `Response` or `Request` of fetch, its
 * body.
 */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | Response | Request;

export function isByteStream(value: unknown): value is ByteStream {
  if (typeof value !== 'object' || value === null) return false;
  return isReadableStream(value) || isHttpMessage(value) || Symbol.asyncIterator in value;
}

/** @throws {TypeError} The stream is locked to another reader, or was already read. */
export function producerOf(stream: ByteStream): Producer {
  if (isHttpMessage(stream)) return messageProducer(stream, bodyProducer);
  return bodyProducer(stream, false);
}

/**
 * `answered`: the body is an upload, which is read to its end rather than cancelled: Note [Uploads that are answered].
 */
function bodyProducer(stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>, answered: boolean): Producer {
  if (isReadableStream(stream)) return readerProducer(stream, answered);
  return valuesOf(stream);
}

function readerProducer<Value>(stream: ReadableStream<Value>, answered: boolean): Producer<Value> {
  if (stream.locked) throw new TypeError('source is a ReadableStream that is locked to another reader');
  // Locked only by the first read: a source that is never used stays free for others.
  let reader: ReadableStreamDefaultReader<Value> | undefined;
  return {
    next() {
      reader ??= stream.getReader();
      return reader.read();
    },
    stop() {
      if (answered) return drainReader((reader ?? stream.getReader()) as ReadableStreamDefaultReader<Uint8Array>);
      return reader ? reader.cancel() : stream.cancel();
    },
  };
}

/** Produces the values of any iterable. Streams are treated separately, so that each kind can be stopped at once. */
export function valuesOf<Value>(source: AsyncIterable<Value> | Iterable<Value>): Producer<Value> {
  if (isNodeStream(source)) return nodeProducer(source) as Producer<Value>;
  if (isReadableStream(source)) return readerProducer<Value>(source, false);
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const { destroy } = source as { destroy?: unknown };
  const stop = typeof destroy === 'function' ? () => destroy.call(source) : () => iterator.return?.();
  return { next: async () => iterator.next(), stop };
}

/** Reads a producer, and can leave early. */
export class Reader<Value> {
  readonly #producer: Producer<Value>;
  #pending = false;
  #over = false;

  constructor(producer: Producer<Value>) {
    this.#producer = producer;
  }

  async next(): Promise<{ done?: boolean | undefined; value?: Value | undefined }> {
    this.#pending = true;
    try {
      const next = await this.#producer.next();
      if (next.done) this.#over = true;
      return next;
    } catch (error) {
      this.#over = true;
      throw error;
    } finally {
      this.#pending = false;
    }
  }

  /**
   * Stops the producer, unless it has ended or failed. Does not wait for it if a read is pending, which may never
   * settle.
   */
  async close(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const stopped = (async () => this.#producer.stop())();
    if (this.#pending) stopped.catch(() => {});
    else await stopped;
  }
}

/** @throws {TypeError} The chunk is not bytes. */
export function bytesOf(chunk: unknown): Uint8Array {
  if (isUint8Array(chunk)) return chunk;
  if (isArrayBuffer(chunk)) return new Uint8Array(chunk);
  const error = new TypeError(`chunks of the source must be Uint8Array (Buffer), got ${shown(chunk)}`);
  // The code that Node uses. It shows that the mistake is the service's, not the sender's.
  throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
}
