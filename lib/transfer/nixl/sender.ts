import { randomUUID } from 'node:crypto';
import { optionsOf, word } from '../../checks.js';
import { AbortError, BusyError } from '../../errors.js';
import type { NativeNixlAgent, NativeNixlMessage } from '../../native/binding.js';
import { runNative } from '../../native/job.js';
import { littleEndian } from '../../tensors/little_endian.js';
import type { Tensor } from '../../tensors/tensor.js';
import { bothOf } from '../both.js';
import { checkTensor, factsOf } from '../describe.js';
import { tracedSend } from '../diagnostics.js';
import { guard, type Lease, Leases, sentTensor } from '../leases.js';
import { type CheckedSend, checkMaxBytes, checkSendOptions } from '../options.js';
import type { HeldTensors, NixlDescriptor, SendOptions, SentTensor, TensorSender, TransferEnd } from '../types.js';
import { checkNixlOptions, type NixlOptions, nixlOptionNames, type OpenAgent, openAgent } from './agent.js';
import { serializeRead, serializeWrite } from './serialized.js';
import { parseWriteRequest, type WriteRequest } from './write_request.js';

/** What is fixed where a `NixlSender` is made. */
export interface NixlSenderOptions extends NixlOptions {
  /**
   * Who moves the bytes. Default: `read`.
   * - `read`: the receiver reads them: Dynamo's `NixlReadEmbeddingReceiver` and `nixl_connect`, and `TensorReceiver`.
   * - `write`: the sender writes them where the receiver wants them: Dynamo's `NixlWriteEmbeddingReceiver`.
   */
  readonly form?: NixlDescriptor['form'] | undefined;
  /** Bytes of the memory for tensors, which is taken and registered as a whole. Default: 256 MiB. */
  readonly maxBytes?: number | undefined;
}

const defaultBytes = 256 * 1024 ** 2;

/** A tensor in the agent's memory. */
interface Offer {
  /** Of its slot. */
  readonly address: number;
  readonly size: number;
  readonly lease: Lease;
}

/**
 * Hands tensors over by NVIDIA's NIXL: over RDMA where there is any, else by shared memory or TCP. For NVIDIA Dynamo, and
 * for `TensorReceiver`. The first tensor opens the library, which takes half a second: `cochlea doctor` says whether it
 * is there.
 *
 * Each tensor is copied once, into memory that is registered with NIXL; it is yours again as soon as `send` settles. It
 * stays there until the receiver says that it has it, or its lease is over; one that was cancelled, too, since a receiver
 * may be reading it.
 *
 * For trusted networks only: NIXL knows neither keys nor users, listens on all devices unless `netDevices` names some, and
 * lets whoever has a descriptor read and write all of the memory that is registered. Processes that this one starts
 * inherit its sockets. Close it when you are done: nothing else ends its thread.
 *
 * @example
 * const sender = new NixlSender({ library: '/opt/nixl', netDevices: ['eth0'] });
 * const { descriptor, completed } = await sender.send(audioFeatures);
 * dynamoTransferRequest(descriptor); // what Dynamo's receivers take
 */
export class NixlSender implements TensorSender<NixlDescriptor> {
  /** How the tensors get there. */
  readonly mode = 'nixl';
  readonly #form: NixlDescriptor['form'];
  readonly #nixl: NixlOptions;
  readonly #maxBytes: number;
  readonly #leases: Leases;
  /** By what a receiver calls it: the notification that it was read, or its number. */
  readonly #offers = new Map<string, Offer>();
  /** Slots of cancelled tensors, and when they are free. */
  readonly #cancelled = new Set<NodeJS.Timeout>();
  #opening: Promise<OpenAgent> | undefined;
  #count = 0;
  #closing: Promise<void> | undefined;

  /** @throws {TypeError | RangeError} An option is wrong. */
  constructor(options: NixlSenderOptions = {}) {
    const known = ['form', 'maxBytes', ...nixlOptionNames];
    const { form = 'read', maxBytes = defaultBytes, ...nixl } = optionsOf('options', options, known);
    word('options.form', form, ['read', 'write']);
    this.#form = form;
    this.#nixl = checkNixlOptions('options', nixl);
    this.#maxBytes = checkMaxBytes(maxBytes);
    this.#leases = new Leases(this.#maxBytes);
  }

  get held(): HeldTensors {
    return this.#leases.held;
  }

  /**
   * As `TensorSender` says, and rejects with `TransferUnavailableError` where NIXL is not there or does not start.
   *
   * @throws {TypeError} The tensor has no elements.
   */
  async send(given: Tensor, options: SendOptions = {}): Promise<SentTensor<NixlDescriptor>> {
    const request = checkSendOptions(options);
    const tensor = checkTensor(given);
    if (tensor.data.byteLength === 0) throw new TypeError('tensor must have elements: NIXL moves no empty memory');
    return tracedSend('nixl', tensor, () => this.#send(tensor, request));
  }

  async #send(tensor: Tensor, { lease: seconds, signal }: CheckedSend): Promise<SentTensor<NixlDescriptor>> {
    const size = tensor.data.byteLength;
    const room = this.#leases.reserve(size);
    let address: number | undefined;
    let opened: OpenAgent | undefined;
    try {
      if (signal?.aborted) throw new AbortError(signal.reason);
      opened = await this.#open();
      address = this.#take(opened.agent, size);
      // Both have ended before the memory may be given to another tensor.
      const facts = await bothOf(factsOf(tensor, signal), fill(opened.agent, address, tensor, signal));
      const key = this.#form === 'read' ? randomUUID() : String(this.#count++);
      const request = await this.#request(opened, address, size, key);
      const lease = room.begin(seconds, (how) => this.#free(key, how));
      this.#offers.set(key, { address, size, lease });
      const { expiresAt } = lease;
      const form = this.#form;
      const descriptor = { mode: 'nixl', ...facts, expires_at: expiresAt, form, serialized_request: request } as const;
      return sentTensor(descriptor, lease);
    } catch (error) {
      if (address !== undefined) opened?.agent.giveBack(address);
      room.giveBack();
      throw error;
    }
  }

  /** Cancels all tensors, and ends the agent: whoever reads now is told that the peer has gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#leases.close();
    for (const timer of this.#cancelled) clearTimeout(timer);
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.agent.close();
  }

  /** Again, where it failed before: the library may have been installed since. */
  #open(): Promise<OpenAgent> {
    this.#opening ??= openAgent(this.#nixl, this.#maxBytes, (messages) => this.#hear(messages)).catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  #take(agent: NativeNixlAgent, size: number): number {
    const address = agent.take(size);
    if (address !== undefined) return address;
    const { slots, bytes } = agent.usage();
    const message = `${slots} tensors take ${bytes} of ${this.#maxBytes} bytes, and no gap has ${size}`;
    throw new BusyError('ERR_BUSY', message);
  }

  #request(opened: OpenAgent, address: number, size: number, key: string): unknown {
    return this.#form === 'read'
      ? serializeRead(opened, address, size, key)
      : serializeWrite(opened, Number(key), size);
  }

  async #free(key: string, how: TransferEnd): Promise<void> {
    const offer = this.#offers.get(key);
    const opened = await this.#opening;
    this.#offers.delete(key);
    if (offer === undefined || opened === undefined) return;
    const giveBack = (): void => opened.agent.giveBack(offer.address);
    if (how !== 'cancelled') return giveBack();
    const left = (offer.lease.expiresAt + guard) * 1000 - Date.now();
    const timer = setTimeout(() => {
      this.#cancelled.delete(timer);
      giveBack();
    }, left).unref();
    this.#cancelled.add(timer);
  }

  /** On the event loop, and must not throw. Peers may send what they like. */
  #hear(messages: readonly NativeNixlMessage[]): void {
    for (const { bytes } of messages) {
      if (this.#form === 'read') {
        this.#offers.get(Buffer.from(bytes).toString())?.lease.end('received');
        continue;
      }
      const request = parseWriteRequest(bytes);
      const offer = request && this.#offers.get(String(request.tensor));
      if (request && offer && offer.size === request.bytes) void this.#write(offer, request);
    }
  }

  /** A receiver that does not get it may ask again, until the lease is over. */
  async #write({ address, lease }: Offer, request: WriteRequest): Promise<void> {
    try {
      const { agent } = await this.#open();
      const { address: to, memory, device, metadata, done } = request;
      const notification = Buffer.from(String(done));
      const transfer = { write: true, peer: metadata, address: to, memory, device, notification };
      const timeout = Math.max(1, lease.expiresAt * 1000 + guard * 1000 - Date.now());
      const stop = { signal: undefined, timeout };
      await runNative(stop, (cancellation) => agent.transfer(address, transfer, cancellation), {});
      lease.end('received');
    } catch {
      // The peer has gone, or its request was wrong.
    }
  }
}

function fill(agent: NativeNixlAgent, address: number, tensor: Tensor, signal: AbortSignal | undefined): Promise<void> {
  const parts = [...littleEndian(tensor)];
  return runNative({ signal, timeout: undefined }, (cancellation) => agent.fill(address, parts, cancellation), {});
}
