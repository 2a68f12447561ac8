import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, chown, lstat, mkdir, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { OutputError } from '../failure.js';
import { throughOf, writeThrough } from './through.js';

/** The most links that Linux follows. */
const mostLinks = 40;

/**
 * Writes a result. A regular file is written under a temporary name beside it, and renamed when complete: at any time
 * there is the old file, the complete new file, or none. The new file keeps the mode of the old one, the links to it
 * and, if allowed, its owner. The folder is created if needed. Anything but a regular file is written directly.
 */
export async function writeOutput(path: string, chunks: Iterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  try {
    const there = await stat(path).catch(unlessMissing);
    const through = throughOf(path, there);
    if (through === undefined) await replace(await targetOf(path), there, chunks, signal);
    else await writeThrough(path, through, chunks, signal);
  } catch (error) {
    throw isSystemError(error) ? unwritable(path, error) : error;
  }
}

async function replace(
  path: string,
  before: Stats | undefined,
  chunks: Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const partial = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, chunks, { flag: 'wx', signal });
    if (before) {
      // The owner first: changing it clears some bits of the mode. Only root may give files away.
      await chown(partial, before.uid, before.gid).catch(() => {});
      await chmod(partial, before.mode & 0o7777);
    }
    signal.throwIfAborted();
    await rename(partial, path);
  } catch (error) {
    // The first error counts: if the file could not be created, it cannot be removed either.
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}

/** The final target of a link, which may not exist yet. */
async function targetOf(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < mostLinks; links++) {
    const there = await lstat(target).catch(unlessMissing);
    if (!there?.isSymbolicLink()) return target;
    target = resolve(dirname(target), await readlink(target));
  }
  return target;
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** The error for a path that cannot be written. */
export function unwritable(path: string, cause: NodeJS.ErrnoException): OutputError {
  const remedy = 'Check that the folder of the output can be written and has room.';
  return new OutputError(`Cannot write ${path}: ${cause.message}`, cause.code ?? 'ERR_OUTPUT', remedy, { cause });
}
