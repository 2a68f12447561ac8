import { Semaphore } from '../async/semaphore.js';
import { BusyError } from '../errors.js';
import type { Settings } from './options.js';

/** Frees the place. */
export type Leave = () => void;

/**
 * Limits how many sources download and decode at a time, first come, first served. A stream that is decoded while it
 * arrives takes a place among the downloads only: a slow sender must not keep others from decoding.
 */
export class Admission {
  readonly #downloads: Semaphore;
  readonly #uploads: Semaphore;
  readonly #decodes: Semaphore;
  readonly #queue: number;

  constructor({ downloads, decodes, queue }: Settings['concurrency']) {
    this.#downloads = new Semaphore(downloads);
    this.#uploads = new Semaphore(downloads);
    this.#decodes = new Semaphore(decodes);
    this.#queue = queue;
  }

  get waiting(): number {
    return this.#downloads.waiting + this.#uploads.waiting + this.#decodes.waiting;
  }

  /** @throws {BusyError} The queue is full. */
  async download(signal: AbortSignal): Promise<Leave> {
    this.#checkQueue(this.#downloads);
    return this.#downloads.acquire(1, signal);
  }

  /**
   * For streams of callers: a stalled stream must not keep others from fetching. @throws {BusyError} The queue is full.
   */
  async upload(signal: AbortSignal): Promise<Leave> {
    this.#checkQueue(this.#uploads);
    return this.#uploads.acquire(1, signal);
  }

  /**
   * Checks whether `decode` would accept one more, before bytes are read and hashed for nothing.
   *
   * @throws {BusyError} The queue is full.
   */
  checkDecode(): void {
    this.#checkQueue(this.#decodes);
  }

  /** @throws {BusyError} The queue is full. */
  async decode(signal: AbortSignal): Promise<Leave> {
    this.#checkQueue(this.#decodes);
    return this.#decodes.acquire(1, signal);
  }

  /** For downloaded audio: it is never refused, so that the download is not wasted. */
  decodeDownloaded(signal: AbortSignal): Promise<Leave> {
    return this.#decodes.acquire(1, signal);
  }

  #checkQueue(places: Semaphore): void {
    if (places.full && this.waiting >= this.#queue) {
      throw new BusyError('ERR_BUSY', `the queue is full: ${this.waiting} sources are waiting`);
    }
  }
}
