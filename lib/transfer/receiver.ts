import { optionsOf, typeError } from '../checks.js';
import { AbortError, ClosedError, TransferRefusedError } from '../errors.js';
import type { Tensor } from '../tensors/tensor.js';
import { checkDescriptor } from './descriptor.js';
import { defaultFolder } from './file/folder.js';
import { receiveFile } from './file/receive.js';
import { HttpFetcher } from './http/receive.js';
import { receiveInline } from './inline.js';
import { NixlFetcher, type NixlReceiverOptions } from './nixl/receive.js';
import { checkFits, checkMaxBytes, checkReceiveOptions } from './options.js';
import type { ReceivedTensor, ReceiveOptions, TransferDescriptor } from './types.js';

/** What a receiver accepts. No descriptor can lift it. */
export interface TensorReceiverOptions {
  /** Folders whose files may be read. Default: that of `FileSender`. Their files must not be changed by others. */
  readonly folders?: readonly string[] | undefined;
  /** Origins that may be asked for tensors, such as `http://10.0.0.7:8000`. Default: none. */
  readonly origins?: readonly string[] | undefined;
  /** Bytes of a tensor, at most. Default: 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** Milliseconds in which a tensor must arrive over HTTP or NIXL. Default: 30000. */
  readonly timeout?: number | undefined;
  /**
   * Takes tensors by NIXL, too. Default: `null`, it does not. A descriptor makes NIXL's library connect to an address
   * and read what it names: take descriptors only from senders that you trust.
   */
  readonly nixl?: NixlReceiverOptions | null | undefined;
}

const optionNames = ['folders', 'origins', 'maxBytes', 'timeout', 'nixl'];

/**
 * Takes tensors from the senders of all modes. Descriptors may come from strangers: each field is checked before
 * anything is opened or allocated, only the folders and origins of the options are read, and what arrives must have the
 * size, type, shape and digest of the descriptor.
 *
 * @example
 * await using receiver = new TensorReceiver({ origins: ['http://10.0.0.7:8000'] });
 * await using received = await receiver.receive(descriptor, { signal });
 * received.tensor.shape; // [750, 4096]
 */
export class TensorReceiver implements AsyncDisposable {
  readonly #folders: readonly string[];
  readonly #maxBytes: number;
  readonly #http: HttpFetcher;
  readonly #nixl: NixlFetcher | undefined;
  readonly #calls = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  /** @throws {TypeError | RangeError} An option is wrong. */
  constructor(options: TensorReceiverOptions = {}) {
    const {
      folders = [defaultFolder()],
      origins = [],
      maxBytes = 1024 ** 3,
      timeout = 30_000,
      nixl = null,
    } = optionsOf('options', options, optionNames);
    this.#folders = texts('options.folders', folders);
    this.#maxBytes = checkMaxBytes(maxBytes);
    if (typeof timeout !== 'number') throw typeError('options.timeout', 'a number of milliseconds', timeout);
    if (!(timeout > 0 && timeout < 2 ** 31)) {
      throw new RangeError(`options.timeout must be from 1 to 2147483647 milliseconds, got ${timeout}`);
    }
    this.#http = new HttpFetcher(texts('options.origins', origins).map(originOf), timeout);
    if (nixl !== null) this.#nixl = new NixlFetcher('options.nixl', nixl, timeout);
  }

  /**
   * Takes the tensor of a descriptor. The sender learns that it was received.
   *
   * @param descriptor As the sender gave it: parsed JSON.
   * @returns A promise that rejects with
   * - `TransferInvalidError`: the descriptor is malformed;
   * - `TransferRefusedError`: it names what the options do not allow;
   * - `TransferTooLargeError`: the tensor is larger than `maxBytes`;
   * - `TransferExpiredError`: the tensor is no longer there;
   * - `TransferCorruptError`: what arrived is not what was sent;
   * - `TransferFailedError`: it cannot be read or fetched, or not in time;
   * - `TransferUnavailableError`: NIXL is not there, or does not start;
   * - `BusyError`: the memory for NIXL is full of tensors that were not released;
   * - `ClosedError`: the receiver was closed;
   * - `AbortError`: `signal` aborted.
   */
  async receive(descriptor: TransferDescriptor, options: ReceiveOptions = {}): Promise<ReceivedTensor> {
    const signal = checkReceiveOptions(options);
    if (this.#closing) throw new ClosedError('ERR_CLOSED', 'the receiver was closed');
    const checked = checkDescriptor(descriptor);
    checkFits(checked.size, this.#maxBytes);
    if (signal?.aborted) throw new AbortError(signal.reason);
    const call = this.#receive(checked, signal);
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Waits for the calls that were made. Tensors that were received stay valid. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#calls).then(async () => {
      await Promise.all([this.#http.close(), this.#nixl?.close()]);
    });
    return this.#closing;
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #receive(descriptor: TransferDescriptor, signal: AbortSignal | undefined): Promise<ReceivedTensor> {
    switch (descriptor.mode) {
      case 'inline':
        return owned(await receiveInline(descriptor, signal));
      case 'http':
        return owned(await this.#http.receive(descriptor, signal));
      case 'file':
        return receiveFile(descriptor, this.#folders, signal);
      case 'nixl':
        if (this.#nixl) return this.#nixl.receive(descriptor, signal);
        throw new TransferRefusedError('ERR_TRANSFER_REFUSED', 'this receiver takes no tensors by NIXL');
    }
  }
}

/** In memory of JavaScript, which is freed by giving it away. */
function owned(tensor: Tensor): ReceivedTensor {
  const release = async (): Promise<void> => {
    const buffer = tensor.data.buffer as ArrayBuffer;
    // The caller may have transferred it.
    if (buffer.byteLength > 0) structuredClone(null, { transfer: [buffer] });
  };
  let released: Promise<void> | undefined;
  const once = (): Promise<void> => {
    released ??= release();
    return released;
  };
  return { tensor, release: once, [Symbol.asyncDispose]: once };
}

function texts(name: string, values: readonly string[]): readonly string[] {
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'string' && value !== '')) {
    throw typeError(name, 'an array of strings', values);
  }
  return values;
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash) {
    throw typeError('options.origins', 'origins such as http://host:8000', text);
  }
  return url.origin;
}
