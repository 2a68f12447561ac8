import { Leavable, type Steps } from '../async/leavable.js';
import { ClosedError } from '../errors.js';
import type { Damage, MediaInfo } from '../media_info.js';
import { type NativeChunk, type NativeStream, native } from '../native/binding.js';
import { NativeJob } from '../native/job.js';
import { logMessages } from './log.js';
import type { ChunkSize, DecodeRequest } from './options.js';
import { type AudioChunk, audioChunk } from './pieces/chunk.js';
import type { CheckedSource } from './source/checked_source.js';

/**
 * Audio that is decoded while it is read: an async iterable of chunks, to be used once.
 *
 * Memory is bounded, whatever the length of the source: the chunk that the loop works on, the next chunk, which is
 * decoded meanwhile, and a few megabytes of the decoder. Leaving the loop by `break`, `return` or an error frees all of
 * it and closes the source. `close()`, `await using` and the signal do the same at once, even while the source is
 * silent. A stream that is never read must be closed in one of these three ways.
 */
export class AudioStream implements AsyncIterable<AudioChunk>, AsyncDisposable {
  readonly #steps: ChunkSteps;
  readonly #chunks: Leavable<AudioChunk>;
  #used = false;
  #closed = false;

  /** @internal */
  constructor(source: CheckedSource, request: DecodeRequest, size: ChunkSize) {
    this.#steps = new ChunkSteps(source, request, size);
    this.#chunks = new Leavable(this.#steps, request.signal);
  }

  /** Facts about the source. `undefined` until the first chunk. */
  get source(): MediaInfo | undefined {
    return this.#steps.info;
  }

  /** Damage found up to the last chunk. */
  get damage(): Damage {
    return this.#steps.damage;
  }

  /** @throws {ClosedError} `close` was called. */
  [Symbol.asyncIterator](): AsyncGenerator<AudioChunk, void, undefined> {
    if (this.#used) throw new TypeError('an AudioStream can be read once; call stream() again for another');
    if (this.#closed) throw new ClosedError('ERR_CLOSED', 'the stream was closed');
    this.#used = true;
    Error.captureStackTrace(this.#steps.caller, this[Symbol.asyncIterator]);
    return this.#chunks;
  }

  /** The chunks as a web stream. Its `cancel()` ends the decode. */
  toReadableStream(): ReadableStream<AudioChunk> {
    return ReadableStream.from(this);
  }

  /** Ends the decode and closes the source. A running loop ends as at the end of the audio. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#chunks.return();
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The chunks of a source, one after the other. */
class ChunkSteps implements Steps<AudioChunk> {
  info: MediaInfo | undefined;
  damage: Damage = { packets: 0, nonFinite: 0, truncated: false, messages: [] };
  /** Holds the stack of the reader. */
  readonly caller: { stack?: string } = {};
  readonly #source: CheckedSource;
  readonly #request: DecodeRequest;
  readonly #size: ChunkSize;
  #job: NativeJob | undefined;
  #stream: NativeStream | undefined;
  /** The chunk that is being decoded. */
  #ahead: Promise<NativeChunk> | undefined;

  constructor(source: CheckedSource, request: DecodeRequest, size: ChunkSize) {
    this.#source = source;
    this.#request = request;
    this.#size = size;
  }

  async next(): Promise<AudioChunk | undefined> {
    // The timeout applies to each chunk. The signal ends the `Leavable` that uses these steps.
    this.#job ??= new NativeJob({ signal: undefined, timeout: this.#request.timeout }, this.caller);
    const job = this.#job;
    try {
      if (!this.#stream) {
        this.#stream = await this.#open(job);
        this.#ahead = this.#read(job, this.#stream);
      }
      while (this.#ahead) {
        const chunk = await this.#ahead;
        this.#ahead = chunk.ended ? undefined : this.#read(job, this.#stream);
        this.info ??= chunk.source;
        logMessages(chunk.damage.messages.slice(this.damage.messages.length));
        this.damage = chunk.damage;
        if (chunk.frames > 0) return audioChunk(chunk.data, chunk, chunk.startFrame);
      }
      return undefined;
    } catch (failure) {
      throw job.error(failure, this.#source.failure?.());
    }
  }

  async close(): Promise<void> {
    this.#job?.cancellation.cancel();
    this.#source.close?.();
    // Wait until native code has stopped reading the caller's memory: it does so at its next check of the cancellation.
    await this.#ahead?.catch(() => {});
    this.#job?.end();
    // Not awaited: it frees the decoder as soon as a thread is free.
    this.#stream?.close().catch(() => {});
  }

  async #open(job: NativeJob): Promise<NativeStream> {
    const opened = await this.#source.open();
    return new native.Stream(opened, this.#request.native, job.cancellation, {
      ...this.#size,
      timeout: this.#request.timeout ?? Number.POSITIVE_INFINITY,
    });
  }

  #read(job: NativeJob, stream: NativeStream): Promise<NativeChunk> {
    job.startClock();
    const chunk = stream.read().finally(() => job.stopClock());
    // If the reader leaves the loop early, nothing awaits this chunk.
    chunk.catch(() => {});
    return chunk;
  }
}
