import { isSharedArrayBuffer } from 'node:util/types';

/** Checks of memory that native code reads on another thread while JavaScript continues. */

export function checkAttached<Buffer extends ArrayBufferLike>(name: string, buffer: Buffer): Buffer {
  // A detached buffer has no bytes and cannot be viewed. The property `detached` exists only from Node 22 on.
  if (buffer.byteLength === 0 && isDetached(buffer)) {
    throw new TypeError(`${name} is a detached buffer: it was transferred elsewhere`);
  }
  return buffer;
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/**
 * The view itself, or a copy where its memory could shrink or be written by another thread (resizable and shared
 * buffers).
 */
export function steady<View extends Uint8Array | Float32Array>(view: View): View {
  const { buffer } = view;
  const resizable = 'resizable' in buffer && buffer.resizable === true;
  return resizable || isSharedArrayBuffer(buffer) ? (view.slice() as View) : view;
}
