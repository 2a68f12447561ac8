import { isUint8Array } from 'node:util/types';
import { type NativeSharedSource, native } from '../../native/binding.js';

/**
 * A file or bytes that stay open for many requests: made by `AudioSource.open`, taken wherever a source is.
 *
 * What one range learns of the file serves the next: in an MP3, for example, where its frames are. Of an MP4 the table
 * of its packets is kept in memory, some 4 MB for each hour, for one request at a time: others that run meanwhile read
 * it for themselves. The file is opened by the first request and stays the same one, even if its path is given to
 * another meanwhile: leave it unchanged. Bytes are read in place: leave them unchanged too, and do not transfer their
 * buffer, until `close()` and the last request.
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
    // The addon holds on to the view that it is given: not to one that the caller may change.
    this.native = new native.Source(isUint8Array(source) ? source.subarray() : source);
  }

  /** @internal */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Closes the file, once the requests that were made before have ended, and frees what was kept of it. Later ones
   * reject with `ERR_CLOSED`.
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
