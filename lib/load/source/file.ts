import { realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingRoot } from '../../error_kinds.js';
import { FetchRefusedError, SourceError } from '../../errors.js';
import { isURL } from '../../realm.js';

/** A file that may be read: its path, and a version that changes with its content. */
export interface AllowedFile {
  readonly path: string;
  readonly version: string;
}

/**
 * Reads a file inside the root. Links are followed and `..` is resolved, as by the system. Anybody who can write to the
 * root can still exchange the file meanwhile.
 *
 * @throws {FetchRefusedError} There is no root, or the file is outside, whether or not it exists.
 * @throws {SourceError} There is no such file, or it cannot be read.
 */
export async function readAllowed<Result>(
  source: string | URL,
  root: string | undefined,
  read: (file: AllowedFile) => Promise<Result>,
): Promise<Result> {
  const file = await allowedFile(source, root);
  try {
    return await read(file);
  } catch (error) {
    // The file cannot be opened, or no longer exists.
    if (error instanceof SourceError) missing((error.cause ?? { code: 'EIO' }) as NodeJS.ErrnoException);
    throw error;
  }
}

async function allowedFile(source: string | URL, root: string | undefined): Promise<AllowedFile> {
  if (root === undefined) throw new FetchRefusedError('files are not read here', 'root');
  const path = pathOf(source);
  // With the dot, a root that is a file is refused.
  const realRoot = await realpath(`${root}${sep}.`).catch(() => {
    throw new FetchRefusedError('the folder that may be read cannot be found', 'root', missingRoot);
  });
  const real = await realpath(path).catch((cause) => {
    // The error must not reveal which files exist elsewhere.
    if (isInside(resolve(path), root) || isInside(resolve(path), realRoot)) return missing(cause);
    throw outside();
  });
  if (!isInside(real, realRoot)) throw outside();
  const file = await stat(real, { bigint: true }).catch(missing);
  if (!file.isFile()) throw new SourceError('ERR_AUDIO_SOURCE', 'this is not a regular file');
  return { path: real, version: [file.size, file.mtimeNs, file.ctimeNs, file.ino, file.dev].join() };
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function outside(): FetchRefusedError {
  return new FetchRefusedError('this file is outside of the folder that may be read', 'root');
}

function pathOf(file: string | URL): string {
  try {
    return isURL(file) ? fileURLToPath(file) : checked(file);
  } catch (cause) {
    // A host, an escaped slash, or a NUL.
    throw new SourceError('ERR_AUDIO_SOURCE', 'this is not the path of a file', { cause });
  }
}

function checked(path: string): string {
  if (path === '' || path.includes('\0')) throw new TypeError('empty, or with a NUL character');
  return path;
}

function missing({ code, errno, syscall = 'open' }: NodeJS.ErrnoException): never {
  // The message of the original error holds the whole path, or content that was taken for a path.
  const cause = Object.assign(new Error(`${syscall}: ${code}`), { code, errno, syscall });
  throw new SourceError('ERR_AUDIO_SOURCE', 'the file cannot be found or read', { cause });
}
