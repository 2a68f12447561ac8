import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { untilAborted } from '../../async/abort.js';
import { LimitError, RequestInvalidError } from '../../errors.js';
import type { Budget } from './budget.js';
import type { Call } from './call.js';

/** A body that is neither JSON nor a form, and its media type without parameters. */
export class RawBody {
  readonly mediaType: string;
  readonly bytes: Uint8Array;

  constructor(mediaType: string, bytes: Uint8Array) {
    this.mediaType = mediaType;
    this.bytes = bytes;
  }
}

/**
 * Counts the bytes of a body while they come, against its own limit and the budget of all bodies. What a client only says
 * that it will send takes no part of the budget: it would cost nothing to fill it.
 */
export class Meter {
  readonly #budget: Budget;
  readonly #limit: number;
  #bytes = 0;

  /** @throws {LimitError} The client says that it will send more than `limit`: it is refused before it comes. */
  constructor(headers: IncomingHttpHeaders, limit: number, budget: Budget, call: Call) {
    this.#budget = budget;
    this.#limit = limit;
    this.#check(Number(headers['content-length'] ?? 0));
    call.atEnd(() => budget.giveBack(this.#bytes));
  }

  /** @throws {LimitError | BusyError} There are too many of them. */
  add(bytes: number): void {
    this.#check(this.#bytes + bytes);
    this.#budget.take(bytes);
    this.#bytes += bytes;
  }

  #check(total: number): void {
    const limit = this.#limit;
    if (total > limit) throw new LimitError(`the body has more than ${limit} bytes`, 'bodyBytes', limit, total);
  }
}

/**
 * All bytes of a body. If it is refused, the rest of it is read and dropped: a client that is still writing would not
 * see the answer otherwise.
 */
export async function bytesOf(payload: Readable, meter: Meter, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const arrived = new Promise<void>((resolve, reject) => {
    payload.on('data', (chunk: Uint8Array) => {
      try {
        meter.add(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        reject(error);
      }
    });
    payload.once('end', resolve);
    payload.once('error', (error) => reject(unreadable(error)));
    payload.once('close', () => reject(new RequestInvalidError('ERR_REQUEST_INVALID', 'the body ends early')));
  });
  try {
    await untilAborted(arrived, signal);
  } catch (error) {
    payload.removeAllListeners('data').resume();
    throw error;
  }
  return Buffer.concat(chunks);
}

/** Of a stream that the application put before the body, such as one that decompresses it. */
function unreadable(error: Error): Error {
  if ('statusCode' in error) return error;
  return new RequestInvalidError('ERR_REQUEST_INVALID', `the body cannot be read: ${error.message}`, { cause: error });
}

/** Milliseconds for the rest of a body that nobody wants. */
const lingering = 2000;

/**
 * Reads the rest of a body and drops it, for a while. Where the connection closes behind the answer, a client that is
 * still writing would see a broken connection in place of the answer.
 */
export async function dropRest(payload: IncomingMessage): Promise<void> {
  if (payload.complete) return;
  await finished(payload.resume(), { signal: AbortSignal.timeout(lingering) }).catch(() => {});
}
