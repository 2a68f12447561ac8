import { createHash } from 'node:crypto';
import { LimitError, type LimitName } from '../../errors.js';
import { bytesOf } from '../../producers/producer.js';
import type { Producer } from '../../producers/types.js';
import { Blocks } from './blocks.js';

/** Bodies up to this size are in memory before they are decoded. */
const collectedBytes = 1024 ** 2;

/**
 * Bytes that come, from an address or from a caller: counted, hashed, and given to one reader.
 *
 * It looks like a stream to the decoder (iterated, destroyed), which reads it no faster than it decodes.
 */
export class Body implements AsyncIterable<Uint8Array> {
  /** What it failed with. */
  failure: unknown;
  readonly #producer: Producer;
  readonly #limit: LimitName;
  readonly #max: number;
  readonly #onBytes: ((bytes: number) => void) | undefined;
  readonly #hash = createHash('sha256');
  /** What was read, but not given yet. */
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

  /** SHA-256 of all of it; `undefined` until it was read to its end. */
  digest(): string | undefined {
    return this.#ended ? this.#hash.copy().digest('base64url') : undefined;
  }

  /** The whole body, if it is small; otherwise what was read of it comes first when it is iterated. */
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

  /** No more of it is wanted; does not wait for a chunk that is on its way. */
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
