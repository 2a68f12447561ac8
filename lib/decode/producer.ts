import { isArrayBuffer, isUint8Array } from 'node:util/types';
import { shown } from '../checks.js';
import { isReadableStream } from '../realm.js';

/** Bytes that are still coming: each chunk is read once and not kept. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

export function isByteStream(value: unknown): value is ByteStream {
  return isReadableStream(value) || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value);
}

/** Where chunks come from, and a way to stop that does not wait for the next one. */
export interface Producer {
  next(): Promise<{ done?: boolean | undefined; value?: unknown }>;
  stop(): unknown;
}

/** @throws {TypeError} The stream is locked to another reader. */
export function producerOf(stream: ByteStream): Producer {
  if (isReadableStream(stream)) {
    if (stream.locked) throw new TypeError('source is a ReadableStream that is locked to another reader');
    // Not before it is read: a source that is never used stays free for others.
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    return {
      next() {
        reader ??= stream.getReader();
        return reader.read();
      },
      stop: () => (reader ? reader.cancel() : stream.cancel()),
    };
  }
  const iterator = stream[Symbol.asyncIterator]();
  // The return() of a Node stream's iterator waits for the chunk that is being read; destroy() does not.
  const { destroy } = stream as { destroy?: unknown };
  const stop = typeof destroy === 'function' ? () => destroy.call(stream) : () => iterator.return?.();
  return { next: () => iterator.next(), stop };
}

/** @throws {TypeError} The chunk is not bytes. */
export function bytesOf(chunk: unknown): Uint8Array {
  if (isUint8Array(chunk)) return chunk;
  if (isArrayBuffer(chunk)) return new Uint8Array(chunk);
  const error = new TypeError(`chunks of the source must be Uint8Array (Buffer), got ${shown(chunk)}`);
  // As of Node's own: it tells that the service, and not the sender, got something wrong.
  throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
}
