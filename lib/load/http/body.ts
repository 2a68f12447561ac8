import { createHash } from 'node:crypto';
import { LimitError, type LimitName } from '../../errors.js';
import { Blocks } from '../../producers/blocks.js';
import { bytesOf } from '../../producers/producer.js';
import type { Producer } from '../../producers/types.js';

/** Bodies up to this size are in memory before they are decoded. */
const collectedBytes = 1024 ** 2;

/**
 * Bytes that arrive from an address or from a caller. They are counted, hashed, and given to one reader.
 *
 * To the decoder it is a stream (iterated, destroyed), which it reads as fast as it decodes.
 */
export class Body implements AsyncIterable<Uint8Array> {
  /** The error that reading failed with. */
  failure: unknown;
  readonly #producer: Producer;
  readonly #limit: LimitName;
  readonly #max: number;
  readonly #onBytes: ((bytes: number) => void) | undefined;
  readonly #hash = createHash('sha256');
  /** Bytes that were read, but not given to the reader yet. */
  readonly #blocks = new Blocks();
  #bytes = 0;
  #ended = false;

  constructor(producer: Producer, limit: LimitName, max: number, onBytes?: (bytes: number) => void) {
    this.#producer = producer;
    this.#limit = limit;
    this.#max = max;
    this.#onBytes = onBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** SHA-256 of the whole body; `undefined` until it was read to its end. */
  digest(): string | undefined {
    return this.#ended ? this.#hash.copy().digest('base64url') : undefined;
  }

  /** Reads the whole body if it is small. Otherwise `undefined`; iterating then gives the whole body, too. */
  async collect(): Promise<Uint8Array | undefined> {
    for (let chunk = await this.#read(); chunk; chunk = await this.#read()) {
      this.#blocks.push(chunk);
      if (this.#bytes > collectedBytes) return undefined;
    }
    return this.#blocks.join();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: async () => {
        const value = this.#blocks.shift() ?? (await this.#read());
        return value === undefined ? { done: true, value } : { done: false, value };
      },
    };
  }

  /** Ends reading, without waiting for a chunk that is still arriving. */
  destroy(): void {
    if (this.#ended) return;
    void (async () => this.#producer.stop())().catch(() => {});
  }

  async #read(): Promise<Uint8Array | undefined> {
    if (this.#ended) return undefined;
    try {
      const { done, value } = await this.#producer.next();
      if (done) {
        this.#ended = true;
        return undefined;
      }
      return this.#count(bytesOf(value));
    } catch (error) {
      this.failure ??= error ?? new Error('no reason was given');
      throw this.failure;
    }
  }

  #count(chunk: Uint8Array): Uint8Array {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#max) throw new LimitError('the body is too large', this.#limit, this.#max, this.#bytes);
    this.#hash.update(chunk);
    this.#onBytes?.(this.#bytes);
    return chunk;
  }
}
