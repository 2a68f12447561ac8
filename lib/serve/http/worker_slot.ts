import { ClosedError } from '../../errors.js';
import type { EncodeWorker } from '../../worker/index.js';

/** The worker of a service: there, on its way while its model loads, or one that failed to come. */
export class WorkerSlot {
  readonly #arriving: Promise<EncodeWorker>;
  #worker: EncodeWorker | undefined;
  #failed = false;

  constructor(worker: EncodeWorker | Promise<EncodeWorker>) {
    this.#arriving = Promise.resolve(worker);
    if (!('then' in worker)) this.#worker = worker;
    this.#arriving.then(
      (arrived) => {
        this.#worker = arrived;
      },
      () => {
        // Whoever made the promise sees its error.
        this.#failed = true;
      },
    );
  }

  /** `undefined` while it is not there. */
  get now(): EncodeWorker | undefined {
    return this.#worker;
  }

  /** @throws {ClosedError} It is not there. */
  get ready(): EncodeWorker {
    if (this.#worker) return this.#worker;
    const why = this.#failed ? 'the model could not be loaded' : 'the model is loading';
    throw new ClosedError('ERR_CLOSED', why);
  }
}
