/**
 * Hands out shares of an amount, first come, first served: whoever wants more than is free waits, and so do all who
 * come later, so that a large share is not passed over for ever by small ones.
 */
export class Semaphore {
  readonly #capacity: number;
  #free: number;
  readonly #waiting: { readonly amount: number; readonly admit: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /** Resolves to the function that gives the share back. More than there is at all means all of it. */
  async acquire(wanted: number): Promise<() => void> {
    const amount = Math.min(wanted, this.#capacity);
    if (this.#waiting.length > 0 || amount > this.#free) {
      await new Promise<void>((admit) => this.#waiting.push({ amount, admit }));
    } else {
      this.#free -= amount;
    }
    return () => this.#release(amount);
  }

  #release(amount: number): void {
    this.#free += amount;
    for (let first = this.#waiting[0]; first !== undefined && first.amount <= this.#free; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= first.amount;
      first.admit();
    }
  }
}
