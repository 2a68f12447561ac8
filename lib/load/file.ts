import { realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FetchRefusedError, SourceError } from '../errors.js';

/** A file that may be read: where it is, and what changes when it does. */
export interface AllowedFile {
  readonly path: string;
  readonly version: string;
}

/**
 * Finds a file inside of the root, as the system does: links followed, `..` resolved. Whoever can write to the root
 * while it is read can still exchange the file.
 *
 * @throws {FetchRefusedError} There is no root, or the file is outside.
 * @throws {SourceError} There is no such file.
 */
export async function allowedFile(file: string | URL, root: string | undefined): Promise<AllowedFile> {
  if (root === undefined) throw new FetchRefusedError('files are not read here', 'root');
  const path = pathOf(file);
  const [real, realRoot] = await Promise.all([realpath(path).catch(missing), realpath(root).catch(missing)]);
  if (!real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) {
    throw new FetchRefusedError('this file is outside of the folder that may be read', 'root');
  }
  const { size, mtimeNs, ino, dev } = await stat(real, { bigint: true }).catch(missing);
  return { path: real, version: [size, mtimeNs, ino, dev].join() };
}

function pathOf(file: string | URL): string {
  try {
    return file instanceof URL ? fileURLToPath(file) : checked(file);
  } catch (cause) {
    // A host, an escaped slash, or a NUL.
    throw new SourceError('ERR_AUDIO_SOURCE', 'this is not the path of a file', { cause });
  }
}

function checked(path: string): string {
  if (path === '' || path.includes('\0')) throw new TypeError('empty, or with a NUL character');
  return path;
}

function missing({ code, errno, syscall }: NodeJS.ErrnoException): never {
  // Its message holds the whole path, or what was taken for one: content, a query.
  const cause = Object.assign(new Error(`${syscall}: ${code}`), { code, errno, syscall });
  throw new SourceError('ERR_AUDIO_SOURCE', 'the file cannot be found', { cause });
}
