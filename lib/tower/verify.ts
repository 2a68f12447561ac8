import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ModelInvalidError } from '../errors.js';

/** Bytes that are hashed at a time: about half a millisecond, so that the event loop is not blocked. */
const blockBytes = 1024 ** 2;

/**
 * Checks that paths are regular files, before they are opened. Opening a pipe that nobody writes to would block one of
 * the four threads with which Node reads files, for ever. A device may have no end.
 *
 * @throws {ModelInvalidError} A file is missing, cannot be read, or is not a regular file. The message names it.
 */
export async function checkFiles(paths: Iterable<string>): Promise<void> {
  for (const path of paths) {
    let regular: boolean;
    try {
      regular = (await stat(path)).isFile();
    } catch (cause) {
      throw unreadable(path, cause);
    }
    if (!regular) throw new ModelInvalidError('ERR_MODEL_INVALID', `${path} is not a regular file`);
  }
}

/**
 * Compares files with their SHA-256.
 *
 * @throws {ModelInvalidError} A file is missing, cannot be read, or has another hash. The message names it.
 */
export async function verifyFiles(digests: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, expected] of digests) {
    const digest = await fileDigest(path);
    if (digest === expected) continue;
    throw new ModelInvalidError(
      'ERR_MODEL_INVALID',
      `${path} is damaged, or not the file that was exported: its SHA-256 is ${digest}, not ${expected}`,
    );
  }
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const block of createReadStream(path, { highWaterMark: blockBytes })) hash.update(block);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return hash.digest('hex');
}

function unreadable(path: string, cause: unknown): ModelInvalidError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  const why = missing ? 'is missing: copy all files of the export' : `cannot be read: ${(cause as Error).message}`;
  return new ModelInvalidError('ERR_MODEL_INVALID', `${path} ${why}`, { cause });
}
