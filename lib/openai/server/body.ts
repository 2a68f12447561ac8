import { AbortError, LimitError, ServiceFailedError } from '../../errors.js';
import type { Answer } from './channel.js';

/** Bytes of an answer: an hour of words is about a megabyte. */
const most = 64 * 1024 ** 2;

/**
 * The whole text of an answer.
 *
 * @throws {ServiceFailedError} It ends early, or has no end.
 */
export async function textOf({ server, body }: Answer): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.length;
      if (length > most) throw new LimitError(`the answer has more than ${most} bytes`, 'bodyBytes', most, length);
      chunks.push(chunk);
    }
  } catch (error) {
    throw cutShort(server, error);
  }
  return Buffer.concat(chunks).toString();
}

/** The failure of reading an answer. */
export function cutShort(server: string, cause: unknown): unknown {
  const { name, code, message } = cause as NodeJS.ErrnoException;
  if (cause instanceof LimitError) return cause;
  if (name === 'AbortError') return cause instanceof AbortError ? cause : new AbortError(cause);
  return new ServiceFailedError(`the answer of ${server} ends early: ${code ?? message}`, { cause });
}
