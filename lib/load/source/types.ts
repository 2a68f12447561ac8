import type { ByteStream } from '../../decode/index.js';
import type { AudioPart } from './parts.js';

/**
 * A source that a loader reads, which may come from an untrusted sender:
 * - an `https:` address (`http:` with `allowHttp`), as string or `URL`;
 * - a `data:` URL of base64;
 * - a path or `file:` URL inside `allowedRoot`;
 * - bytes, a `Blob` or `File`;
 * - bytes that are still arriving: a `ReadableStream`, a Node `Readable` (the request of a server, for example), an
 *   async iterable of `Uint8Array`, a `Request` or `Response` of fetch;
 * - a part of a chat message: `{type: 'audio_url', …}` or `{type: 'input_audio', …}`.
 *
 * The format is recognised from the bytes; extensions and media types are ignored.
 */
export type LoadSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | SharedArrayBuffer
  | DataView
  | Blob
  | ByteStream
  | AudioPart;
