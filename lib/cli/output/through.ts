import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { isStandardOutput } from '../standard_streams.js';

/** Writes to standard output, devices, named pipes and sockets. Unlike regular files, these are never replaced. */
export type Through = 'standard' | 'pipe' | 'socket' | 'other';

/** Milliseconds between two checks for a reader of a named pipe. */
const patience = 50;

/** A reader that closes early is not a failure. */
export async function writeThrough(
  path: string,
  kind: Through,
  chunks: Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (kind === 'standard') return await written(process.stdout, chunks, signal);
    if (kind === 'socket') return await pipeline(Readable.from(chunks), createConnection(path), { signal });
    const file = kind === 'pipe' ? await openPipe(path, signal) : await open(path, 'a');
    try {
      for (const chunk of chunks) {
        signal.throwIfAborted();
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

/** `pipeline` cannot be used: it would close standard output. */
async function written(to: Writable, chunks: Iterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  for (const chunk of chunks) {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      to.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/**
 * Waits for a reader. Opening a pipe without a reader would block one of Node's threads, and the end of the process.
 */
async function openPipe(path: string, signal: AbortSignal): Promise<FileHandle> {
  for (;;) {
    try {
      const first = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
      // There is a reader now: opening returns at once, and writes wait for room.
      return await open(path, constants.O_WRONLY).finally(() => first.close());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      await setTimeout(patience, undefined, { signal });
    }
  }
}

/** How to write to a path, by what exists there. `undefined`: as a regular file. */
export function throughOf(
  path: string,
  there: { isFile(): boolean; isDirectory(): boolean; isFIFO(): boolean; isSocket(): boolean } | undefined,
): Through | undefined {
  if (isStandardOutput(path)) return 'standard';
  // Even if it is a regular file: another program has it open, and waits for the output.
  if (/^\/(dev|proc\/self)\/fd\/\d+$/.test(path)) return there?.isFIFO() ? 'pipe' : 'other';
  if (there === undefined || there.isFile() || there.isDirectory()) return undefined;
  if (there.isFIFO()) return 'pipe';
  return there.isSocket() ? 'socket' : 'other';
}
