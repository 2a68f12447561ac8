import { isUint8Array } from 'node:util/types';
import { type NativeSharedSource, native } from '../../native/binding.js';

/**
 * A file or bytes that stay open for many requests. Made by `AudioSource.open`, and accepted wherever a source is.
 *
 * Later ranges use what earlier ranges have found out about the file: the positions of the frames in an MP3, for
 * example. The packet table of an MP4 is kept in memory (some 4 MB for each hour). One request at a time uses it;
 * others that run meanwhile read the table themselves. The first request opens the file. It stays open, even if its
 * path is given to another file meanwhile; leave it unchanged. Bytes are read in place: leave them unchanged too, and
 * do not transfer their buffer, until `close()` and the end of the last request.
 */
export class OpenAudioSource implements Disposable, AsyncDisposable {
  /** @internal */
  readonly native: NativeSharedSource;
  /** The path or the bytes. @internal */
  readonly origin: string | Uint8Array;
  #closed = false;

  /** @internal */
  constructor(source: string | Uint8Array) {
    this.origin = source;
    // The addon keeps the view. A new one, because the caller could detach or change the given one.
    this.native = new native.Source(isUint8Array(source) ? source.subarray() : source);
  }

  /** @internal */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Closes the file as soon as its running requests have ended, and frees all that was kept. Later requests reject with
   * `ERR_CLOSED`.
   */
  close(): void {
    this.#closed = true;
    this.native.close();
  }

  /** The same as `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** The same as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}
