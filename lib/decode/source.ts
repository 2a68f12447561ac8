import { fileURLToPath } from 'node:url';
import { isDataView, isSharedArrayBuffer, isUint8Array } from 'node:util/types';
import { shown } from '../checks.js';
import { LimitError, SourceError } from '../errors.js';
import { checkAttached, steady } from '../memory.js';
import type { AudioSource } from './types.js';

/** What the addon reads: a path, or bytes that stay put. */
export type NativeSource = string | Uint8Array;

const expectation = 'a path, a file: URL, a Uint8Array (Buffer), an ArrayBuffer, a DataView, or a Blob';

/**
 * Checks a source at the call. Bytes are used in place, without a copy; memory that could shrink or be
 * written by another thread during the decode (resizable and shared buffers) is copied first.
 */
export function checkSource(source: AudioSource, inputBytes: number): NativeSource | (() => Promise<NativeSource>) {
  if (typeof source === 'string') return checkPath(source);
  if (source instanceof URL) {
    if (source.protocol !== 'file:') {
      throw new TypeError(`source must be ${expectation}; got a URL with protocol ${source.protocol}`);
    }
    return checkPath(fileURLToPath(source));
  }
  if (source instanceof ArrayBuffer || isSharedArrayBuffer(source))
    return steady(new Uint8Array(checkAttached('source', source)));
  // Of other views nobody can say whether they hold bytes or numbers: decoded samples, for example.
  if (isUint8Array(source) || isDataView(source)) {
    checkAttached('source', source.buffer);
    return steady(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  }
  if (source instanceof Blob) return () => readBlob(source, inputBytes);
  throw new TypeError(`source must be ${expectation}; got ${shown(source)}`);
}

function checkPath(path: string): string {
  if (path === '') throw new TypeError('source is an empty string; a path was expected');
  if (path.includes('\0')) throw new TypeError('source is a path with a NUL character');
  if (/^([a-z][a-z0-9+.-]+:\/\/|data:)/i.test(path)) {
    throw new TypeError(`source must be ${expectation}; got an address: a string is taken for a path`);
  }
  return path;
}

async function readBlob(blob: Blob, inputBytes: number): Promise<Uint8Array> {
  // Before its bytes are in memory.
  if (blob.size > inputBytes) {
    throw new LimitError('the blob is larger than the limit', 'inputBytes', inputBytes, blob.size);
  }
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw new SourceError('ERR_AUDIO_SOURCE', 'the blob cannot be read', { cause });
  }
}
