import { longestTimer } from '../checks.js';
import { BusyError, ClosedError } from '../errors.js';
import { checkFits } from './options.js';
import type { SentTensor, TransferDescriptor, TransferEnd } from './types.js';

/** Seconds for which a tensor is kept after its lease: clocks differ, and a receiver that has begun shall finish. */
export const guard = 5;

/** Unix time in seconds, to the millisecond. */
export function expiryAfter(seconds: number): number {
  return Math.round(Date.now() + seconds * 1000) / 1000;
}

/** A tensor that is held for a receiver until `end` was called, by whomever. */
export interface Lease {
  /** Unix time in seconds. */
  readonly expiresAt: number;
  readonly completed: Promise<TransferEnd>;
  /** Ends it; only the first call counts. */
  end(how: TransferEnd): void;
}

/** What a sender gives its caller for a lease that has begun. */
export function sentTensor<Descriptor extends TransferDescriptor>(
  descriptor: Descriptor,
  { completed, end }: Lease,
): SentTensor<Descriptor> {
  return { descriptor, completed, release: () => end('received'), cancel: () => end('cancelled') };
}

/** What is held by a sender, and room for it that was asked for. */
export interface Room {
  /**
   * Begins the lease. `free` is called once, at its end, whatever ends it; the bytes count until it has settled.
   * A failure of `free` is the sender's own concern: it must not reject.
   *
   * @throws {ClosedError} The sender was closed in the meantime. The room is still to be given back.
   */
  begin(seconds: number, free: (how: TransferEnd) => void | Promise<void>): Lease;
  /** Gives the room back: there will be no lease. */
  giveBack(): void;
}

/**
 * The tensors that one sender holds: their bytes are bounded, and each ends by itself. All of it happens on the thread
 * of the sender. Timers do not keep the process alive.
 */
export class Leases {
  readonly #maxBytes: number;
  readonly #open = new Set<Lease>();
  #bytes = 0;
  #tensors = 0;
  /** Once it is being closed: called when nothing is held any more. */
  #drained: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get held(): { bytes: number; tensors: number } {
    return { bytes: this.#bytes, tensors: this.#tensors };
  }

  /** @throws {ClosedError | TransferTooLargeError | BusyError} */
  reserve(bytes: number): Room {
    this.#checkOpen();
    checkFits(bytes, this.#maxBytes);
    if (this.#bytes + bytes > this.#maxBytes) {
      const message = `${this.#tensors} tensors hold ${this.#bytes} of ${this.#maxBytes} bytes: no room for ${bytes} more`;
      throw new BusyError('ERR_BUSY', message);
    }
    this.#bytes += bytes;
    this.#tensors += 1;
    const giveBack = (): void => {
      this.#bytes -= bytes;
      this.#tensors -= 1;
      if (this.#tensors === 0) this.#drained?.();
    };
    return { giveBack, begin: (seconds, free) => this.#begin(seconds, free, giveBack) };
  }

  /** Ends all leases as `cancelled`, and waits until everything is freed, also what is only on its way to a lease. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#drained = resolve;
    });
    for (const lease of this.#open) lease.end('cancelled');
    if (this.#tensors === 0) this.#drained?.();
    return this.#closing;
  }

  #begin(seconds: number, free: (how: TransferEnd) => void | Promise<void>, giveBack: () => void): Lease {
    this.#checkOpen();
    let tell: (how: TransferEnd) => void = () => {};
    const completed = new Promise<TransferEnd>((resolve) => {
      tell = resolve;
    });
    const milliseconds = Math.min((seconds + guard) * 1000, longestTimer);
    const timer = setTimeout(() => lease.end('expired'), milliseconds).unref();
    const end = (how: TransferEnd): void => {
      if (!this.#open.delete(lease)) return;
      clearTimeout(timer);
      void Promise.resolve(free(how)).then(() => {
        giveBack();
        tell(how);
      });
    };
    const lease: Lease = { expiresAt: expiryAfter(seconds), completed, end };
    this.#open.add(lease);
    return lease;
  }

  #checkOpen(): void {
    if (this.#closing) throw new ClosedError('ERR_CLOSED', 'the sender was closed');
  }
}
