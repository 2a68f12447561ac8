import { constants, open } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { isStandardInput, standard } from './standard_streams.js';

/**
 * The stream of a source that is none to be opened by its path: standard input, a named pipe, what a shell makes of
 * `<(…)`. `undefined` of a regular file, of what is not there, and of what is no source: the decoder says so.
 */
export async function pipeOf(source: string): Promise<Readable | undefined> {
  if (source === standard) return process.stdin;
  const there = await stat(source).catch(() => undefined);
  if (there?.isFile()) return undefined;
  if (isStandardInput(source)) return process.stdin;
  const descriptor = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(source)?.[1];
  if (there?.isSocket() && descriptor !== undefined) return reading(Number(descriptor));
  if (!there?.isFIFO()) return undefined;
  // Opened without waiting for its writer, which would hold one of Node's threads; the socket waits, and holds none.
  return reading(await promisify(open)(source, constants.O_RDONLY | constants.O_NONBLOCK));
}

function reading(fd: number): Socket {
  return new Socket({ fd, readable: true, writable: false });
}
