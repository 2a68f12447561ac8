import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Connections of HTTP/1, where a client may send requests before the answers to those before them. An answer that waits
 * behind others has no connection of its own yet: Node does not tell it when that closes.
 */

/** Those who wait for the end of each connection: one listener for all of them. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** Calls `run` when the connection closes, until the returned function is called. */
export function onClosed(response: ServerResponse, run: () => void): () => void {
  const socket = socketOf(response);
  if (!socket) return () => {};
  const known = waiting.get(socket) ?? new Set();
  if (!waiting.has(socket)) {
    waiting.set(socket, known);
    socket.once('close', () => {
      for (const each of [...known]) each();
    });
  }
  known.add(run);
  return () => known.delete(run);
}

/** Whether nobody can get this answer any more. */
export function isClosed(response: ServerResponse): boolean {
  return response.destroyed || socketOf(response)?.destroyed === true;
}

/** Closes the connection of an answer; with HTTP/2, the answer alone. */
export function hangUp(response: ServerResponse): void {
  (socketOf(response) ?? response).destroy();
}

/** With HTTP/2, an answer is told itself, and a connection has more than one. */
function socketOf({ req }: ServerResponse): Socket | undefined {
  return req.httpVersionMajor === 1 ? req.socket : undefined;
}
