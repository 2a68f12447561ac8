import { constants } from 'node:fs';
import { lstat, open, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dynamoName, unfinishedName, vllmFile, vllmName } from './layouts.js';

/** Key of the metadata in each file: Unix time in seconds at which nobody wants it any more. */
export const expiryKey = 'cochlea_expires_at';

/** Milliseconds after which a file that nobody has finished writing is one of a process that ended. */
const abandoned = 10 * 60_000;
/** The header of a file of ours is shorter. */
const headBytes = 1024;

/**
 * Deletes what senders left behind that were killed: files of ours in the folder whose time is over. Each file says its
 * time itself, so that any sender can clear up behind any other. Files of other programs have no such time, and stay.
 */
export async function sweep(folder: string): Promise<void> {
  // It may be gone, or not readable: the next thing that is written there says so.
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    if (unfinishedName.test(name)) await removeAbandoned(path);
    else if (dynamoName.test(name)) await removeExpired(path);
    else if (vllmName.test(name) && (await removeExpired(join(path, vllmFile)))) await rmdir(path).catch(() => {});
  }
}

async function removeAbandoned(path: string): Promise<void> {
  const { mtimeMs } = await lstat(path).catch(() => ({ mtimeMs: Date.now() }));
  if (mtimeMs < Date.now() - abandoned) await rm(path, { force: true, recursive: true }).catch(() => {});
}

/** Whether it was. */
async function removeExpired(path: string): Promise<boolean> {
  const expiry = await expiryOf(path).catch(() => undefined);
  if (expiry === undefined || expiry > Date.now() / 1000) return false;
  return rm(path, { force: true }).then(
    () => true,
    () => false,
  );
}

async function expiryOf(path: string): Promise<number | undefined> {
  // No link is followed, and a named pipe does not make it wait for a writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const [, seconds] = new RegExp(`"${expiryKey}":"([0-9.]+)"`).exec(buffer.toString('latin1', 0, bytesRead)) ?? [];
    return seconds === undefined ? undefined : Number(seconds);
  } finally {
    await file.close();
  }
}
