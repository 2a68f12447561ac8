import { tmpdir } from 'node:os';
import { isArrayBuffer, isUint8Array } from 'node:util/types';
import { shown } from '../checks.js';
import { type NativeFeed, native } from '../native.js';

/** Bytes that are still coming: each chunk is read once and not kept. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

export function isByteStream(value: unknown): value is ByteStream {
  return (
    value instanceof ReadableStream || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value)
  );
}

/** Where chunks come from, and a way to stop that does not wait for the next one. */
interface Producer {
  next(): Promise<{ done?: boolean | undefined; value?: unknown }>;
  stop(): unknown;
}

function producerOf(stream: ByteStream): Producer {
  if (stream instanceof ReadableStream) {
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

/**
 * Moves bytes from a stream to the thread that decodes them, no faster than that takes them: at most a mebibyte
 * and one chunk wait in between. One pump serves one decode.
 */
export class FeedPump {
  readonly native: NativeFeed;
  /** What the producer failed with. */
  failure: unknown;
  readonly #producer: Producer;
  #finished = false;

  /** @throws {TypeError} The stream is locked to another reader. */
  constructor(stream: ByteStream, inputBytes: number) {
    this.#producer = producerOf(stream);
    this.native = new native.Feed(inputBytes, tmpdir());
  }

  /** Starts reading. Never rejects: a failure reaches the decode through the feed, and `failure` holds its cause. */
  async run(): Promise<void> {
    try {
      while (true) {
        const { done, value } = await this.#producer.next();
        if (done) break;
        const hasRoom = this.native.push(bytesOf(value));
        if (!hasRoom && !(await this.native.room())) return;
      }
      this.#finished = true;
      this.native.end();
    } catch (error) {
      this.failure = error;
      this.native.fail();
    }
  }

  /** The decode is over: what has not been read is not wanted any more. */
  close(): void {
    this.native.close();
    if (this.#finished) return;
    this.#finished = true;
    // Not awaited: a producer that hangs must not hold up the result.
    void (async () => this.#producer.stop())().catch(() => {});
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (isUint8Array(chunk)) return chunk;
  if (isArrayBuffer(chunk)) return new Uint8Array(chunk);
  throw new TypeError(`chunks of the source must be Uint8Array (Buffer), got ${shown(chunk)}`);
}
