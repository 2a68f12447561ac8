import type { ByteStream } from '../../producers/producer.js';
import { checkReady } from './checked_source.js';
import { OpenAudioSource } from './open_source.js';
import type { ReadySource } from './types.js';

function open(source: ReadySource): OpenAudioSource {
  return new OpenAudioSource(checkReady(source));
}

/**
 * Encoded audio: bytes, a path (string or `file:` URL), a `Blob`/`File`, or bytes that are still arriving: a
 * `ReadableStream`, a Node `Readable`, any other async iterable of `Uint8Array`, or a `Response` or `Request` of fetch.
 * A `Response` with a failing status is an `ERR_FETCH_FAILED`, whatever its body holds.
 *
 * Bytes are read in place, not copied: leave them unchanged, and do not transfer their buffer, until the call settles.
 * Views of a `SharedArrayBuffer` or of a resizable buffer are copied first.
 *
 * A stream is read as fast as it is decoded, and closed when the call settles, even if it was not read to its end.
 * Three kinds are not closed, because that would end their connection before it is answered: the request of a server, a
 * `Request`, and a file that busboy finds in a form. The rest of these is read and dropped. Errors of a stream become
 * errors of the call from the start of the call.
 *
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
