import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

/** Bytes that are hashed at a time: about half a millisecond, so that the event loop is not blocked. */
const blockBytes = 1024 ** 2;

/** SHA-256 of bytes, without blocking the event loop. */
export async function contentDigest(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let start = 0; start < bytes.byteLength; start += blockBytes) {
    if (start > 0) await setImmediate();
    hash.update(bytes.subarray(start, start + blockBytes));
  }
  return hash.digest('base64url');
}

/** A cache key: a hash, which reveals nothing about its parts. */
export function keyOf(kind: 'address' | 'beginning' | 'content' | 'file', ...parts: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, ...parts]))
    .digest('base64url');
}
