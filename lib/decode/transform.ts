import { Duplex } from 'node:stream';
import type { AudioChunk } from './pieces/chunk.js';

type Callback = (error?: Error | null) => void;

/** Written bytes that are not decoded yet: one chunk at most, or a reader that waits for the next chunk. */
class Written implements AsyncIterable<Uint8Array> {
  #chunk: { readonly bytes: Uint8Array; readonly taken: Callback } | undefined;
  #waiting: ((result: IteratorResult<Uint8Array, undefined>) => void) | undefined;
  #ended = false;
  #unwanted = false;

  /** `taken` is called when there is room for the next chunk. */
  write(bytes: Uint8Array, taken: Callback): void {
    if (!this.#waiting && !this.#unwanted) {
      this.#chunk = { bytes, taken };
      return;
    }
    this.#waiting?.({ done: false, value: bytes });
    this.#waiting = undefined;
    taken();
  }

  end(): void {
    this.#ended = true;
    this.#waiting?.({ done: true, value: undefined });
    this.#waiting = undefined;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () =>
        new Promise((resolve) => {
          const chunk = this.#chunk;
          this.#chunk = undefined;
          if (chunk) {
            resolve({ done: false, value: chunk.bytes });
            chunk.taken();
          } else if (this.#ended) resolve({ done: true, value: undefined });
          else this.#waiting = resolve;
        }),
      return: async () => {
        // The audio may end before the bytes do. The writer must still be able to write all of them.
        this.#unwanted = true;
        this.#chunk?.taken();
        this.#chunk = undefined;
        this.end();
        return { done: true, value: undefined };
      },
    };
  }
}

/**
 * A decode as a Node stream. `Duplex.from` cannot be used: in Node 20 and 22 it does not end a generator that waits for
 * bytes when the stream is destroyed, so each aborted upload would keep its thread for ever.
 */
export class ChunkTransform extends Duplex {
  readonly #written = new Written();
  readonly #chunks: AsyncGenerator<AudioChunk, void, undefined>;

  constructor(decode: (bytes: AsyncIterable<Uint8Array>) => AsyncGenerator<AudioChunk, void, undefined>) {
    // Strings are passed on unchanged, and then refused, since they are not bytes.
    super({ decodeStrings: false, readableObjectMode: true, readableHighWaterMark: 1 });
    this.#chunks = decode(this.#written);
  }

  override _write(bytes: Uint8Array, _: BufferEncoding, callback: Callback): void {
    this.#written.write(bytes, callback);
  }

  override _final(callback: Callback): void {
    this.#written.end();
    callback();
  }

  /** Not called again before `push`. */
  override _read(): void {
    this.#chunks.next().then(
      ({ done, value }) => this.push(done ? null : value),
      (error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, callback: Callback): void {
    // Frees the thread at once, whatever the writer does.
    const done = (): void => callback(error);
    this.#chunks.return().then(done, done);
  }
}
