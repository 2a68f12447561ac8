import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { isStandardOutput } from '../standard_streams.js';

/** What is no regular file is written, never replaced: standard output, devices, named pipes, sockets. */
export type Through = 'standard' | 'pipe' | 'socket' | 'other';

/** Milliseconds between two looks for a reader of a named pipe. */
const patience = 50;

/** A reader that has seen enough is no failure. */
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

/** Not `pipeline`, which would close standard output. */
async function written(to: Writable, chunks: Iterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  for (const chunk of chunks) {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      to.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** Opening a pipe that nobody reads would hold one of Node's threads for good, and the end of the process with it. */
async function openPipe(path: string, signal: AbortSignal): Promise<FileHandle> {
  for (;;) {
    try {
      const first = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
      // There is a reader: this one opens at once, and its writes wait for room.
      return await open(path, constants.O_WRONLY).finally(() => first.close());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      await setTimeout(patience, undefined, { signal });
    }
  }
}

/** How a path is written, from what is there. `undefined`: as a file. */
export function throughOf(
  path: string,
  there: { isFile(): boolean; isDirectory(): boolean; isFIFO(): boolean; isSocket(): boolean } | undefined,
): Through | undefined {
  if (isStandardOutput(path)) return 'standard';
  // Also where it is a file: somebody else has it open, and waits for what comes.
  if (/^\/(dev|proc\/self)\/fd\/\d+$/.test(path)) return there?.isFIFO() ? 'pipe' : 'other';
  if (there === undefined || there.isFile() || there.isDirectory()) return undefined;
  if (there.isFIFO()) return 'pipe';
  return there.isSocket() ? 'socket' : 'other';
}
