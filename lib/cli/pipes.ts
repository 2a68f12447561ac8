import { constants, open } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { isStandardInput, standard } from './standard_streams.js';

/**
 * The stream of a source that must not be opened by its path: standard input, a named pipe, or the `<(…)` of a shell.
 * `undefined` for a regular file, and for anything that is missing or not a source: the decoder reports those.
 */
export async function pipeOf(source: string): Promise<Readable | undefined> {
  if (source === standard) return process.stdin;
  const there = await stat(source).catch(() => undefined);
  if (there?.isFile()) return undefined;
  if (isStandardInput(source)) return process.stdin;
  const descriptor = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(source)?.[1];
  if (there?.isSocket() && descriptor !== undefined) return reading(Number(descriptor));
  if (!there?.isFIFO()) return undefined;
  // Opened without waiting for a writer, which would block one of Node's threads. The socket waits without a thread.
  return reading(await promisify(open)(source, constants.O_RDONLY | constants.O_NONBLOCK));
}

function reading(fd: number): Socket {
  return new Socket({ fd, readable: true, writable: false });
}
