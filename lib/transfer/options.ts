import { checkSignal, optionsOf, typeError, wholeNumber } from '../checks.js';
import { TransferTooLargeError } from '../errors.js';
import type { ReceiveOptions, SendOptions } from './types.js';

/** Bytes that a sender holds unless it is told otherwise: 42 clips of 30 s, with 750 embeddings of 4096 floats each. */
export const defaultHeldBytes = 512 * 1024 ** 2;

/** Seconds. */
const shortestLease = 0.001;
const longestLease = 86_400;

export interface CheckedSend {
  /** Seconds. */
  readonly lease: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws {TypeError | RangeError} */
export function checkSendOptions(given: SendOptions): CheckedSend {
  const { lease = 60, signal } = optionsOf('options', given, ['lease', 'signal']);
  checkSignal(signal);
  if (typeof lease !== 'number') throw typeError('options.lease', 'a number of seconds', lease);
  if (!(lease >= shortestLease && lease <= longestLease)) {
    throw new RangeError(`options.lease must be from ${shortestLease} to ${longestLease} seconds, got ${lease}`);
  }
  return { lease, signal };
}

/** @throws {TypeError} */
export function checkReceiveOptions(given: ReceiveOptions): AbortSignal | undefined {
  const { signal } = optionsOf('options', given, ['signal']);
  checkSignal(signal);
  return signal;
}

/** @throws {TransferTooLargeError} The tensor is larger than a sender or receiver allows. */
export function checkFits(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  const message = `a tensor of ${bytes} bytes is larger than maxBytes, ${maxBytes}`;
  throw new TransferTooLargeError('ERR_TRANSFER_TOO_LARGE', message);
}

/** @throws {TypeError | RangeError} */
export function checkMaxBytes(value: unknown): number {
  return wholeNumber('options.maxBytes', value, 1, Number.MAX_SAFE_INTEGER);
}
