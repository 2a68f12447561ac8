import { NativeJob } from '../job.js';
import type { Damage, MediaInfo } from '../media_info.js';
import { type NativeChunk, type NativeStream, native } from '../native.js';
import { type AudioChunk, audioChunk } from './chunk.js';
import { logMessages } from './log.js';
import type { Request } from './options.js';
import type { CheckedSource } from './source.js';

/** How a stream is cut. */
export interface ChunkSize {
  readonly seconds: number;
  readonly frames: number;
}

/**
 * Audio that is decoded while it is read: an async iterable of chunks, to be used once.
 *
 * Memory is bounded whatever the length: the chunk that the loop works on, the next one, which is decoded
 * meanwhile, and a few megabytes of the decoder's. Leaving the loop by `break`, `return` or an error frees all of
 * it and closes the source; so does the signal.
 */
export class AudioStream implements AsyncIterable<AudioChunk> {
  readonly #source: CheckedSource;
  readonly #request: Request;
  readonly #size: ChunkSize;
  #used = false;
  #info: MediaInfo | undefined;
  #damage: Damage = { packets: 0, nonFinite: 0, truncated: false, messages: [] };

  /** @internal */
  constructor(source: CheckedSource, request: Request, size: ChunkSize) {
    this.#source = source;
    this.#request = request;
    this.#size = size;
  }

  /** Facts about the source: there once the first chunk is. */
  get source(): MediaInfo | undefined {
    return this.#info;
  }

  /** What was wrong up to the last chunk. */
  get damage(): Damage {
    return this.#damage;
  }

  [Symbol.asyncIterator](): AsyncGenerator<AudioChunk, void, undefined> {
    if (this.#used) throw new TypeError('an AudioStream can be read once; call stream() again for another');
    this.#used = true;
    const caller: { stack?: string } = {};
    Error.captureStackTrace(caller, this[Symbol.asyncIterator]);
    return this.#closedWithout(this.#chunks(caller));
  }

  /** A generator that is left before its first step runs nothing of its own: then this closes the source. */
  #closedWithout(chunks: AsyncGenerator<AudioChunk, void, undefined>): AsyncGenerator<AudioChunk, void, undefined> {
    const { next, return: leave } = chunks;
    let started = false;
    chunks.next = () => {
      started = true;
      return next.call(chunks);
    };
    chunks.return = (value) => {
      if (!started) this.#source.close?.();
      return leave.call(chunks, value);
    };
    return chunks;
  }

  /** The same as a web stream, whose cancel() ends the decode. */
  toReadableStream(): ReadableStream<AudioChunk> {
    return ReadableStream.from(this);
  }

  async *#chunks(caller: { stack?: string }): AsyncGenerator<AudioChunk, void, undefined> {
    const source = this.#source;
    const { signal, timeout } = this.#request;
    // The timeout is that of each chunk.
    const job = new NativeJob({ signal, timeout: undefined }, caller);
    let stream: NativeStream | undefined;
    let ahead: Promise<NativeChunk> | undefined;
    try {
      job.check();
      const opened = await source.open();
      stream = new native.Stream(opened, this.#request.native, job.cancellation, {
        ...this.#size,
        timeout: timeout ?? Number.POSITIVE_INFINITY,
      });
      ahead = stream.read();
      while (ahead) {
        const chunk: NativeChunk = await ahead;
        job.check();
        ahead = chunk.ended ? undefined : stream.read();
        // Whoever leaves the loop early never looks at it.
        ahead?.catch(() => {});
        this.#info ??= chunk.source;
        logMessages(chunk.damage.messages.slice(this.#damage.messages.length));
        this.#damage = chunk.damage;
        if (chunk.frames > 0) yield audioChunk(chunk.data, chunk, chunk.startFrame);
      }
    } catch (failure) {
      throw job.error(failure, source.failure?.());
    } finally {
      job.cancellation.cancel();
      await ahead?.catch(() => {});
      job.end();
      source.close?.();
      // Not awaited: it frees the decoder as soon as a thread has time.
      stream?.close().catch(() => {});
    }
  }
}
