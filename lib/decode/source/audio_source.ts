import type { ByteStream } from '../../producers/producer.js';
import { checkReady } from './checked_source.js';
import { OpenAudioSource } from './open_source.js';
import type { ReadySource } from './types.js';

function open(source: ReadySource): OpenAudioSource {
  return new OpenAudioSource(checkReady(source));
}

/**
 * Encoded audio: bytes, a path (string or `file:` URL), a `Blob`/`File`, or bytes that are still coming: a
 * `ReadableStream`, a Node `Readable`, any other async iterable of `Uint8Array`, or a `Response` or `Request` of fetch
 * (a `Response` that is not one of success is an `ERR_FETCH_FAILED`, whatever comes with it).
 *
 * Bytes are read in place, not copied: leave them unchanged, and do not transfer their buffer, until the call
 * settles. Views of a `SharedArrayBuffer` or of a resizable buffer are copied first. A stream is read as fast as it
 * is decoded, and closed when the call settles, whether or not it was read to its end. The request of a server, a
 * `Request`, and a file in a form of busboy are not closed, which would end their connection before it is answered: their
 * rest is read and dropped. A stream is listened to from the call on: its errors are those of the call.
 * `AudioSource.open` keeps a file open for many calls.
 */
export type AudioSource =
  | Uint8Array
  | ArrayBuffer
  | SharedArrayBuffer
  | DataView
  | string
  | URL
  | Blob
  | ByteStream
  | OpenAudioSource;
/** Keeps a source open for many calls. */
export const AudioSource: {
  /**
   * Opens a source for many requests: ranges of one long file, for example.
   *
   * @throws {TypeError} The source is not a path, a `file:` URL or bytes.
   * @example
   * using talk = AudioSource.open('talk.mp3');
   * await decode(talk, { start: 3600, end: 3610 });
   */
  readonly open: typeof open;
} = Object.freeze({ open });
