import { isNativeError } from 'node:util/types';

/**
 * Type checks that work across realms. Each `node:vm` context (Jest runs every test file in one, and so does vitest
 * with `vmThreads`) has its own classes under the same names, so `instanceof` is false for a value from another
 * context. `node:util/types` recognises typed arrays and errors. The types below have no such check: as in Node itself,
 * a value counts as one if it has the members that are used.
 */

export function isError(value: unknown): value is Error {
  return isNativeError(value) || value instanceof Error;
}

/** Node's own rule for `fileURLToPath` and `fs`. */
export function isURL(value: unknown): value is URL {
  if (!isObject(value)) return false;
  const { href, protocol, auth, path } = value as Partial<Record<string, unknown>>;
  return typeof href === 'string' && typeof protocol === 'string' && auth === undefined && path === undefined;
}

export function isBlob(value: unknown): value is Blob {
  if (!isObject(value)) return false;
  const { size, stream, arrayBuffer } = value as Partial<Blob>;
  return typeof size === 'number' && typeof stream === 'function' && typeof arrayBuffer === 'function';
}

export function isReadableStream(value: unknown): value is ReadableStream {
  if (!isObject(value)) return false;
  const { getReader, cancel } = value as Partial<ReadableStream>;
  return typeof getReader === 'function' && typeof cancel === 'function';
}

/** Node's own rule checks only `aborted`. Here listeners are needed as well, to notice the abort. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (!isObject(value) || !('aborted' in value)) return false;
  const { addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  return typeof addEventListener === 'function' && typeof removeEventListener === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
