import { ClosedError } from '../../errors.js';

/** What a service works with: there, on its way while its model loads, or failed to come. */
export class Slot<Value extends object> {
  #value: Value | undefined;
  #failed = false;

  constructor(value: Value | Promise<Value>) {
    if (!('then' in value)) {
      this.#value = value;
      return;
    }
    value.then(
      (arrived) => {
        this.#value = arrived;
      },
      () => {
        // Whoever made the promise sees its error.
        this.#failed = true;
      },
    );
  }

  /** `undefined` while it is not there. */
  get now(): Value | undefined {
    return this.#value;
  }

  /** @throws {ClosedError} It is not there. */
  get ready(): Value {
    if (this.#value) return this.#value;
    const why = this.#failed ? 'the model could not be loaded' : 'the model is loading';
    throw new ClosedError('ERR_CLOSED', why);
  }
}
