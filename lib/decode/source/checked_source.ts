import { fileURLToPath } from 'node:url';
import { isAnyArrayBuffer, isDataView, isUint8Array } from 'node:util/types';
import { shown } from '../../checks.js';
import { ClosedError, LimitError, SourceError } from '../../errors.js';
import type { NativeSource } from '../../native/binding.js';
import { checkAttached, steady } from '../../native/memory.js';
import { denied } from '../../native/permission.js';
import { type ByteStream, isByteStream } from '../../producers/producer.js';
import { isBlob, isURL } from '../../realm.js';
import { FeedPump } from './feed.js';
import { OpenAudioSource } from './open_source.js';
import type { ReadySource } from './types.js';

/** The members of `AudioSource`, whose file imports this one. */
type AnySource = ReadySource | Blob | ByteStream | OpenAudioSource;

/** A source that has passed its check. */
export interface CheckedSource {
  /** Prepares the source for the addon. Called once. */
  open(): NativeSource | Promise<NativeSource>;
  /** Called once when nothing reads the source any more, even if it was not opened. */
  close?(): void;
  /** The error of the producer of its bytes. */
  failure?(): unknown;
}

const expectation =
  'a path, a file: URL, a Uint8Array (Buffer), an ArrayBuffer, a DataView, a Blob, an AudioSource.open(…), a ReadableStream, or an async iterable of Uint8Array';

/**
 * Checks a source at the call. Bytes are used in place, without a copy. Resizable and shared buffers are copied first:
 * they could shrink, or be written by another thread, during the decode.
 *
 * @param pieces Whether the source is decoded piece by piece. A blob is then also read piece by piece.
 */
export function checkSource(source: AnySource, inputBytes: number, pieces = false): CheckedSource {
  if (isBlob(source)) return pieces ? checkBlob(source, inputBytes) : { open: () => readBlob(source, inputBytes) };
  if (isByteStream(source)) return checkStream(source, inputBytes);
  if (source instanceof OpenAudioSource) return checkOpen(source);
  const ready = checkReady(source);
  return { open: () => allowed(ready) };
}

function checkOpen(source: OpenAudioSource): CheckedSource {
  if (typeof source.origin !== 'string') checkAttached('source', source.origin.buffer);
  if (!source.closed) {
    return {
      open() {
        allowed(source.origin);
        return source.native;
      },
    };
  }
  return {
    open() {
      throw new ClosedError('ERR_CLOSED', 'the source was closed');
    },
  };
}

function checkBlob(blob: Blob, inputBytes: number): CheckedSource {
  if (blob.size <= inputBytes) return checkStream(blob.stream(), inputBytes);
  return {
    open() {
      throw blobTooLarge(blob, inputBytes);
    },
  };
}

function checkStream(stream: ByteStream, inputBytes: number): CheckedSource {
  const pump = new FeedPump(stream, inputBytes);
  return {
    open() {
      void pump.run();
      return pump.native;
    },
    close: () => pump.close(),
    failure: () => pump.failure,
  };
}

/** Checks a path, a `file:` URL or bytes. */
export function checkReady(source: ReadySource): string | Uint8Array {
  if (typeof source === 'string') return checkPath(source);
  if (isURL(source)) {
    if (source.protocol !== 'file:') {
      throw new TypeError(`source must be ${expectation}; got a URL with protocol ${source.protocol}`);
    }
    return checkPath(fileURLToPath(source));
  }
  const bytes = checkBytes(source);
  if (bytes === undefined) throw new TypeError(`source must be ${expectation}; got ${shown(source)}`);
  return bytes;
}

/** Bytes that can be read on another thread; `undefined` if the source is not bytes. */
export function checkBytes(source: unknown): Uint8Array | undefined {
  if (isAnyArrayBuffer(source)) return steady(new Uint8Array(checkAttached('source', source)));
  // Other views may hold bytes or numbers, such as decoded samples: they are not accepted.
  if (!isUint8Array(source) && !isDataView(source)) return undefined;
  checkAttached('source', source.buffer);
  return steady(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
}

/** @throws {SourceError} This process may not read the path: Note [Permission model]. */
function allowed<Ready extends string | Uint8Array>(ready: Ready): Ready {
  const cause = typeof ready === 'string' ? denied(ready) : undefined;
  if (cause) throw new SourceError('ERR_AUDIO_SOURCE', `cannot read ${ready}: the process may not`, { cause });
  return ready;
}

function checkPath(path: string): string {
  if (path === '') throw new TypeError('source is an empty string; a path was expected');
  if (path.includes('\0')) throw new TypeError('source is a path with a NUL character');
  if (/^([a-z][a-z0-9+.-]+:\/\/|data:)/i.test(path)) {
    throw new TypeError(`source must be ${expectation}; got an address: a string is taken for a path`);
  }
  return path;
}

export async function readBlob(blob: Blob, inputBytes: number): Promise<Uint8Array> {
  // Checked before the bytes are in memory.
  if (blob.size > inputBytes) throw blobTooLarge(blob, inputBytes);
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw new SourceError('ERR_AUDIO_SOURCE', 'the blob cannot be read', { cause });
  }
}

function blobTooLarge({ size }: Blob, inputBytes: number): LimitError {
  return new LimitError('the blob is larger than the limit', 'inputBytes', inputBytes, size);
}
