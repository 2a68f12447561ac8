import { optionsOf } from '../../checks.js';
import {
  BusyError,
  ClosedError,
  LimitError,
  TransferCorruptError,
  TransferExpiredError,
  TransferFailedError,
  TransferRefusedError,
  TransferTooLargeError,
} from '../../errors.js';
import { type NativeNixlAgent, native } from '../../native/binding.js';
import { runNative } from '../../native/job.js';
import { fromRaw } from '../arrived.js';
import { checkMaxBytes } from '../options.js';
import type { NixlDescriptor, ReceivedTensor } from '../types.js';
import { checkNixlOptions, type NixlOptions, nixlOptionNames, type OpenAgent, openAgent } from './agent.js';
import { parseRead, type Readable } from './serialized.js';

/** How a receiver takes tensors by NIXL. */
export interface NixlReceiverOptions extends NixlOptions {
  /** Bytes of the memory for tensors that were received and not yet released. Default: 256 MiB. */
  readonly maxBytes?: number | undefined;
}

/** Reads tensors of `NixlSender` and of Dynamo's senders: form `read`. The first one opens the library. */
export class NixlFetcher {
  readonly #nixl: NixlOptions;
  readonly #maxBytes: number;
  readonly #timeout: number;
  #opening: Promise<OpenAgent> | undefined;

  /** @throws {TypeError | RangeError} An option is wrong. `timeout`: milliseconds. */
  constructor(name: string, options: NixlReceiverOptions, timeout: number) {
    const known = ['maxBytes', ...nixlOptionNames];
    const { maxBytes = 256 * 1024 ** 2, ...nixl } = optionsOf(name, options, known);
    this.#nixl = checkNixlOptions(name, nixl);
    this.#maxBytes = checkMaxBytes(maxBytes);
    this.#timeout = timeout;
  }

  async receive(descriptor: NixlDescriptor, signal: AbortSignal | undefined): Promise<ReceivedTensor> {
    const { form, size, serialized_request: request } = descriptor;
    if (form !== 'read') throw refused('it is for receivers to whom the sender writes, as those of Dynamo');
    if (size === 0) throw refused('NIXL moves no empty memory');
    const readable = await parseRead(request, size);
    if (isOver(descriptor)) throw expired();
    const { agent } = await this.#open();
    const address = this.#take(agent, size);
    try {
      await this.#read(agent, address, readable, signal);
    } catch (error) {
      agent.giveBack(address);
      throw error;
    }
    return received(agent.handOver(address), descriptor, signal);
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = Promise.reject(new ClosedError('ERR_CLOSED', 'the receiver was closed'));
    this.#opening.catch(() => {});
    await (await opening?.catch(() => undefined))?.agent.close();
  }

  #open(): Promise<OpenAgent> {
    this.#opening ??= openAgent(this.#nixl, this.#maxBytes, () => {}).catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  #take(agent: NativeNixlAgent, size: number): number {
    if (size > this.#maxBytes) {
      const message = `a tensor of ${size} bytes is larger than the memory for NIXL, ${this.#maxBytes}`;
      throw new TransferTooLargeError('ERR_TRANSFER_TOO_LARGE', message);
    }
    const address = agent.take(size);
    if (address !== undefined) return address;
    const { slots, bytes } = agent.usage();
    const message = `${slots} tensors that were not released take ${bytes} of ${this.#maxBytes} bytes: no gap has ${size}`;
    throw new BusyError('ERR_BUSY', message);
  }

  async #read(
    agent: NativeNixlAgent,
    address: number,
    { metadata, notification, ...from }: Readable,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const transfer = { write: false, peer: metadata, ...from, notification: Buffer.from(notification) };
    try {
      const stop = { signal, timeout: this.#timeout };
      await runNative(stop, (cancellation) => agent.transfer(address, transfer, cancellation), {});
    } catch (cause) {
      if (!(cause instanceof LimitError)) throw cause;
      const message = `the tensor did not come within ${this.#timeout} ms`;
      throw new TransferFailedError('ERR_TRANSFER_FAILED', message, { cause });
    }
  }
}

async function received(
  buffer: ArrayBuffer,
  descriptor: NixlDescriptor,
  signal: AbortSignal | undefined,
): Promise<ReceivedTensor> {
  const release = async (): Promise<void> => native.unmap(buffer);
  try {
    const tensor = await fromRaw(new Uint8Array(buffer), descriptor, signal);
    return { tensor, release, [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    // Where it was, there is another one by now.
    throw error instanceof TransferCorruptError && isOver(descriptor) ? expired() : error;
  }
}

function isOver({ expires_at }: NixlDescriptor): boolean {
  return Date.now() > expires_at * 1000;
}

function expired(): TransferExpiredError {
  return new TransferExpiredError('ERR_TRANSFER_EXPIRED', 'the lease of the tensor is over');
}

function refused(why: string): TransferRefusedError {
  return new TransferRefusedError('ERR_TRANSFER_REFUSED', `the tensor is not read: ${why}`);
}
