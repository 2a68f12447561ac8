import { Semaphore } from '../async/semaphore.js';
import { BusyError } from '../errors.js';
import type { Settings } from './options.js';

/** Gives the place back. */
export type Leave = () => void;

/**
 * Who may download and who may decode, first come, first served. What is read from a stream while it is decoded holds
 * its place among the downloads only: a sender that drips must not keep others from decoding.
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

  /** Streams of callers: those who stall keep none from fetching. @throws {BusyError} The queue is full. */
  async upload(signal: AbortSignal): Promise<Leave> {
    this.#checkQueue(this.#uploads);
    return this.#uploads.acquire(1, signal);
  }

  /**
   * Before bytes are read and hashed in vain: whether `decode` would take one more.
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

  /** For what was downloaded: the work for it shall not be lost. */
  decodeDownloaded(signal: AbortSignal): Promise<Leave> {
    return this.#decodes.acquire(1, signal);
  }

  #checkQueue(places: Semaphore): void {
    if (places.full && this.waiting >= this.#queue) {
      throw new BusyError('ERR_BUSY', `the queue is full: ${this.waiting} sources are waiting`);
    }
  }
}
