import { isNativeError } from 'node:util/types';

/**
 * What a value is, whichever realm made it. Each `node:vm` context (Jest runs every test file in one, vitest with
 * `vmThreads` too, and pages have frames) has classes of its own under the same names, so that `instanceof` says no to
 * what comes from another. Typed arrays and errors are told by `node:util/types`; what follows has no such check,
 * and is told by what is used of it, as Node itself does.
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

/** Node's rule asks for `aborted` alone; without listeners an abort would not be seen. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (!isObject(value) || !('aborted' in value)) return false;
  const { addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  return typeof addEventListener === 'function' && typeof removeEventListener === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
