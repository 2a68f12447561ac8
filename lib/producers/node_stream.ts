import { finished, type Readable } from 'node:stream';
import { SourceError } from '../errors.js';
import { drain, isAnswered } from './drain.js';
import type { Producer } from './types.js';

/** Checks the members that are used: streams of the package `readable-stream` have their own class. */
export function isNodeStream(value: unknown): value is Readable {
  if (typeof value !== 'object' || value === null) return false;
  const { read, on, destroy } = value as Partial<Readable>;
  return typeof read === 'function' && typeof on === 'function' && typeof destroy === 'function';
}

function ignore(): void {}

/**
 * From now on, an `error` event of this stream does not end the process; the reader of the stream gets the error. A
 * file that cannot be opened fails a moment after its stream was made, which may be long before its turn has come.
 */
export function heedErrors(value: unknown): void {
  if (isNodeStream(value) && !value.listeners('error').includes(ignore)) value.on('error', ignore);
}

/**
 * Reads a Node stream. The stream's own iterator is not used: its `return()` waits for the pending chunk and destroys
 * the stream. Errors are noticed from the start; reading begins with the first `next()`.
 */
export function nodeProducer(stream: Readable): Producer {
  let ended: { readonly error: Error | null | undefined } | undefined;
  let wake = (): void => {};
  const onReadable = (): void => wake();
  let begun = false;
  heedErrors(stream);
  finished(stream, { writable: false }, (error) => {
    ended = { error };
    wake();
  });
  return {
    async next() {
      if (!begun) stream.on('readable', onReadable);
      begun = true;
      for (;;) {
        const value: unknown = stream.destroyed ? null : stream.read();
        if (value !== null) return { value };
        if (ended?.error) throw ended.error;
        if (ended) return atEnd(stream);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    stop() {
      stream.off('readable', onReadable);
      if (isAnswered(stream)) drain(stream);
      else stream.destroy();
    },
  };
}

/** If a file is too large, busboy (@fastify/multipart) cuts it and ends it as if it were complete. */
function atEnd(stream: Readable & { readonly truncated?: unknown }): { done: true } {
  if (stream.truncated !== true) return { done: true };
  throw new SourceError('ERR_AUDIO_SOURCE', 'the file is larger than the form parser allows, and was cut');
}
