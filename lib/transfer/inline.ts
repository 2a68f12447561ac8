import { optionsOf, wholeNumber, word } from '../checks.js';
import { ClosedError, TransferInvalidError } from '../errors.js';
import { base64Of, fromBase64 } from '../tensors/base64.js';
import { littleEndian } from '../tensors/little_endian.js';
import { writeSafetensors } from '../tensors/safetensors.js';
import type { Tensor } from '../tensors/tensor.js';
import { torchSave } from '../tensors/torch_save.js';
import { corrupt, fromRaw, fromSafetensors, mostHeaderBytes } from './arrived.js';
import { checkTensor, factsOf } from './describe.js';
import { tracedSend } from './diagnostics.js';
import { expiryAfter } from './leases.js';
import { type CheckedSend, checkFits, checkSendOptions } from './options.js';
import type { HeldTensors, InlineDescriptor, SendOptions, SentTensor, TensorSender } from './types.js';

const formats = ['safetensors', 'raw', 'torch'] as const;
const defaultMaxBytes = 64 * 1024 ** 2;
/** Whose base64 fits a string of JavaScript. */
const mostBytes = 384 * 1024 ** 2 - mostHeaderBytes;

/** What is fixed where an `InlineSender` is made. */
export interface InlineSenderOptions {
  /**
   * What the bytes in the descriptor are. Default: `safetensors`.
   * - `safetensors`: a safetensors file with one tensor, `embeddings`.
   * - `raw`: the elements alone, little-endian, in C order.
   * - `torch`: what `torch.save` writes: `audio_embeds` of vLLM. Cochlea itself does not read it: it is a pickle.
   */
  readonly format?: InlineDescriptor['format'] | undefined;
  /** Bytes of a tensor, at most. Default: 64 MiB, which is 90 MB of base64; at most 384 MiB less 64 KiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * Puts tensors into their descriptors, in base64: for HTTP clients, and for vLLM. Nothing is held for the receiver, so
 * that `completed` is `received` at once. The text is made in steps of 768 KiB, between which the event loop goes on.
 */
export class InlineSender implements TensorSender<InlineDescriptor> {
  /** How the tensors get there. */
  readonly mode = 'inline';
  /** Nothing: each tensor is in its descriptor. */
  readonly held: HeldTensors = { bytes: 0, tensors: 0 };
  readonly #format: InlineDescriptor['format'];
  readonly #maxBytes: number;
  #closed = false;

  /** @throws {TypeError | RangeError} An option is wrong. */
  constructor(options: InlineSenderOptions = {}) {
    const { format = 'safetensors', maxBytes = defaultMaxBytes } = optionsOf('options', options, [
      'format',
      'maxBytes',
    ]);
    word('options.format', format, formats);
    this.#format = format;
    this.#maxBytes = wholeNumber('options.maxBytes', maxBytes, 1, mostBytes);
  }

  async send(given: Tensor, options: SendOptions = {}): Promise<SentTensor<InlineDescriptor>> {
    const request = checkSendOptions(options);
    const tensor = checkTensor(given);
    return tracedSend('inline', tensor, () => this.#send(tensor, request));
  }

  async #send(tensor: Tensor, { lease, signal }: CheckedSend): Promise<SentTensor<InlineDescriptor>> {
    if (this.#closed) throw new ClosedError('ERR_CLOSED', 'the sender was closed');
    checkFits(tensor.data.byteLength, this.#maxBytes);
    const facts = await factsOf(tensor, signal);
    const data = await base64Of(bytesOf[this.#format](tensor), signal);
    const expires_at = expiryAfter(lease);
    const descriptor = { mode: 'inline', ...facts, expires_at, format: this.#format, data } as const;
    return { descriptor, completed: Promise.resolve('received'), release: () => {}, cancel: () => {} };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const bytesOf: Record<InlineDescriptor['format'], (tensor: Tensor) => Iterable<Uint8Array>> = {
  safetensors: (embeddings) => writeSafetensors({ embeddings }),
  raw: littleEndian,
  torch: torchSave,
};

/** The tensor of a descriptor that holds it. */
export async function receiveInline(descriptor: InlineDescriptor, signal: AbortSignal | undefined): Promise<Tensor> {
  const { format, data, size } = descriptor;
  if (format === 'torch') {
    const message = 'a tensor in the format of torch.save is for PyTorch: send it as safetensors to Cochlea';
    throw new TransferInvalidError('ERR_TRANSFER_INVALID', message);
  }
  // Before any of it is decoded.
  if (Buffer.byteLength(data, 'base64') > size + mostHeaderBytes) {
    throw corrupt(`${Buffer.byteLength(data, 'base64')} bytes came instead of ${size}`);
  }
  const bytes = await fromBase64(data, signal);
  return format === 'raw' ? fromRaw(bytes, descriptor, signal) : fromSafetensors(bytes, descriptor, signal);
}
