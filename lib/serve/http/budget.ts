import { BusyError } from '../../errors.js';

/** Bytes that request bodies may take in memory, all of them together. */
export class Budget {
  readonly #total: number;
  #used = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** Bytes that are taken now. */
  get used(): number {
    return this.#used;
  }

  /** @throws {BusyError} There is no room for these bytes now. */
  take(bytes: number): void {
    if (this.#used + bytes > this.#total) {
      throw new BusyError('ERR_BUSY', `the bodies of requests already take ${this.#used} bytes`);
    }
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}
