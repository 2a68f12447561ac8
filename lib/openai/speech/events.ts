import { ServiceFailedError } from '../../errors.js';
import { saying } from '../server/failure.js';
import { eventsOf } from '../server/sse.js';

/**
 * The audio in a stream of events: `speech.audio.delta` with base64, and `speech.audio.done` at the end.
 *
 * @throws {ServiceFailedError} The stream ends early, or says that something failed. What came before was given.
 */
export async function* audioIn(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const data of eventsOf(body)) {
    if (data === '[DONE]') return;
    const { type, audio, delta = audio, error } = fieldsOf(data);
    if (error !== undefined) throw new ServiceFailedError(`the server fails while it speaks: ${saying(data).message}`);
    if (type === 'speech.audio.done') return;
    if (type === 'speech.audio.delta' && typeof delta === 'string') yield Buffer.from(delta, 'base64');
  }
  throw new ServiceFailedError('the speech ends early: no event says that it is done');
}

function fieldsOf(data: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(data) ?? {};
  } catch (cause) {
    throw new ServiceFailedError('the server sends an event that is no JSON', { cause });
  }
}
