import { finished, type Readable } from 'node:stream';
import { Blocks } from '../../producers/blocks.js';
import type { Producer } from '../../producers/types.js';

/*
 * Note [The parser must not pause]
 *
 * undici 7 ends the process if its HTTP parser is paused when a server closes a connection as announced (`Connection:
 * close`, HTTP/1.0, a body without a length): an assertion fails in an event handler, where nobody can catch it. undici
 * 8 does not, but needs Node 22.19. The parser pauses when a body is read more slowly than it arrives, as by a decoder.
 * So bodies are read as fast as they arrive, and wait here. The limit of a body bounds what waits. The headers do not
 * tell for certain whether a server will close the connection (`Proxy-Connection` counts, too), so this applies to all
 * bodies.
 */

/**
 * Reads a body as fast as it arrives, even if it is used more slowly.
 *
 * @param max Bytes. Reading stops with the chunk that exceeds this.
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
