import { finished, type Readable } from 'node:stream';
import { SourceError } from '../errors.js';
import { drain, isAnswered } from './drain.js';
import type { Producer } from './types.js';

/** Told by what is used of it: streams of the package `readable-stream` have a class of their own. */
export function isNodeStream(value: unknown): value is Readable {
  if (typeof value !== 'object' || value === null) return false;
  const { read, on, destroy } = value as Partial<Readable>;
  return typeof read === 'function' && typeof on === 'function' && typeof destroy === 'function';
}

function ignore(): void {}

/**
 * From now on an `error` of this stream, should it be one, does not end the process: whoever reads it is told.
 * A file that cannot be opened fails a moment after it was made, which may be long before its turn has come.
 */
export function heedErrors(value: unknown): void {
  if (isNodeStream(value) && !value.listeners('error').includes(ignore)) value.on('error', ignore);
}

/**
 * Reads a Node stream. Not by its own iterator, whose `return()` waits for the chunk that is being read, and which
 * destroys the stream. It is listened to from the start, and read from with the first `next()`.
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

/** busboy (@fastify/multipart) ends a file that is larger than it may be as if that were all of it. */
function atEnd(stream: Readable & { readonly truncated?: unknown }): { done: true } {
  if (stream.truncated !== true) return { done: true };
  throw new SourceError('ERR_AUDIO_SOURCE', 'the file is larger than the form parser allows, which has cut it');
}
