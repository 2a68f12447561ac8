import { finished, type Readable } from 'node:stream';
import type { Producer } from '../../producers/types.js';
import { Blocks } from './blocks.js';

/*
 * Note [The parser must not pause]
 *
 * undici 7 ends the process, by an assertion in an event handler that nobody can catch, if its HTTP parser is paused
 * when a server closes a connection of which it had said so (`Connection: close`, HTTP/1.0, a body without a length).
 * undici 8 does not, but needs Node 22.19. It pauses when a body is read more slowly than it comes, as by a
 * decoder. So bodies are taken from it as they come, and wait here; what waits is bounded by the limit of a body.
 * Whether a server has said that it will close cannot be told from the headers for certain (`Proxy-Connection` counts,
 * too), so that no body is held back.
 */

/**
 * A body that is read as fast as it comes, though it is used more slowly.
 *
 * @param max Bytes; reading stops with the chunk that exceeds them.
 */
export function arriving(body: Readable, max: number): Producer {
  const waiting = new Blocks();
  let bytes = 0;
  let ended: { readonly error: Error | null | undefined } | undefined;
  let wake = (): void => {};
  body.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    waiting.push(chunk);
    if (bytes > max) body.destroy();
    wake();
  });
  finished(body, { writable: false }, (error) => {
    ended = { error };
    wake();
  });
  return {
    async next() {
      for (;;) {
        const value = waiting.shift();
        if (value) return { value };
        if (ended?.error) throw ended.error;
        if (ended) return { done: true };
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    stop: () => body.destroy(),
  };
}
