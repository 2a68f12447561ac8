import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OutputError } from './failure.js';

/**
 * Writes a file under a temporary name beside it and renames it when complete: whoever looks finds the
 * old file, the whole new one, or none. Makes the folder if needed.
 */
export async function writeAtomically(path: string, chunks: Iterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  const partial = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, chunks, { flag: 'wx', signal });
    signal.throwIfAborted();
    await rename(partial, path);
  } catch (error) {
    // The first error counts: where nothing could be made, nothing can be removed either.
    await rm(partial, { force: true }).catch(() => {});
    throw isSystemError(error) ? unwritable(path, error) : error;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function unwritable(path: string, cause: NodeJS.ErrnoException): OutputError {
  const remedy = 'Check that the folder of the output can be written and has room.';
  return new OutputError(`Cannot write ${path}: ${cause.message}`, cause.code ?? 'ERR_OUTPUT', remedy, { cause });
}
