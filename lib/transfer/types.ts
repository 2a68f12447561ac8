import type { DType, Tensor } from '../tensors/tensor.js';

/** How a tensor gets from one process to another. */
export type TransferMode = 'inline' | 'file' | 'http' | 'nixl';

/**
 * How a transfer ended, as the sender sees it.
 * - `received`: the receiver has the tensor.
 * - `expired`: the lease and its guard of 5 s are over.
 * - `cancelled`: `cancel()` was called, or the sender was closed.
 */
export type TransferEnd = 'received' | 'expired' | 'cancelled';

/** Fields that the descriptors of all modes have. A descriptor is JSON: it goes into a response, a queue, a log. */
export interface DescriptorBase {
  /** How the tensor gets there. */
  readonly mode: TransferMode;
  /** Size of each axis, outermost first. */
  readonly shape: readonly number[];
  /** Element type, named as in NumPy and PyTorch. */
  readonly dtype: DType;
  /** Bytes of the elements: the product of `shape`, times the bytes of one. */
  readonly size: number;
  /**
   * `xxh3:` and 16 hexadecimal digits: XXH3-64 of the elements, little-endian; not of their type and shape. It finds
   * damage, and is no signature.
   */
  readonly digest: string;
  /** Unix time in seconds at which the lease ends. */
  readonly expires_at: number;
}

/** The tensor is in the descriptor itself. */
export interface InlineDescriptor extends DescriptorBase {
  /** How the tensor gets there. */
  readonly mode: 'inline';
  /** What the bytes are: a safetensors file, the elements alone, or what `torch.save` writes. */
  readonly format: 'safetensors' | 'raw' | 'torch';
  /** The bytes in base64. */
  readonly data: string;
}

/** The tensor is in a safetensors file, under the key `ec_cache`. */
export interface FileDescriptor extends DescriptorBase {
  /** How the tensor gets there. */
  readonly mode: 'file';
  /** Who names and deletes the file: see `FileSenderOptions.layout`. */
  readonly layout: 'dynamo' | 'vllm';
  /** Absolute path. */
  readonly path: string;
  /** With layout `vllm`: the name by which vLLM finds the file. */
  readonly uuid?: string;
}

/** The tensor is at an address, as a safetensors file. */
export interface HttpDescriptor extends DescriptorBase {
  /** How the tensor gets there. */
  readonly mode: 'http';
  /** `GET` gives the file, `DELETE` says that it was received. */
  readonly url: string;
}

/** The tensor is in memory that NIXL reads, or that the sender writes to the receiver. */
export interface NixlDescriptor extends DescriptorBase {
  /** How the tensor gets there. */
  readonly mode: 'nixl';
  /** `read`: the receiver reads the bytes. `write`: the sender writes them. */
  readonly form: 'read' | 'write';
  /** What Dynamo's receivers take as their `serialized_request`. */
  readonly serialized_request: unknown;
}

/** Tells a receiver where a tensor is and what it has to be. */
export type TransferDescriptor = InlineDescriptor | FileDescriptor | HttpDescriptor | NixlDescriptor;

/** What a call of `send` may choose. */
export interface SendOptions {
  /**
   * Seconds for which the receiver may fetch the tensor: from 0.001 to 86400. Default: 60. Make it longer than a request
   * waits in the queue of the receiver. The sender keeps the tensor for 5 s more.
   */
  readonly lease?: number | undefined;
  /** Aborts the call: it rejects with an `AbortError`, and nothing is left behind. */
  readonly signal?: AbortSignal | undefined;
}

/** A tensor on its way. */
export interface SentTensor<Descriptor extends TransferDescriptor = TransferDescriptor> {
  /** What the receiver needs: pass it on as JSON. */
  readonly descriptor: Descriptor;
  /** How the transfer ended. It never rejects. */
  readonly completed: Promise<TransferEnd>;
  /** The receiver is known to have the tensor: it is freed, and `completed` resolves to `received`. */
  release(): void;
  /** Nobody is to have the tensor any more: it is freed, and `completed` resolves to `cancelled`. */
  cancel(): void;
}

/** Tensors that a sender holds for their receivers. */
export interface HeldTensors {
  /** Bytes of their elements. */
  readonly bytes: number;
  /** How many there are. */
  readonly tensors: number;
}

/** Hands tensors to other processes. */
export interface TensorSender<Descriptor extends TransferDescriptor = TransferDescriptor> extends AsyncDisposable {
  /** How the tensors get there. */
  readonly mode: TransferMode;
  /** Bytes of the tensors that are held for receivers, and their number. */
  readonly held: HeldTensors;
  /**
   * Makes the tensor ready for a receiver.
   *
   * @returns A promise that rejects with
   * - `BusyError`: the tensors on their way fill `maxBytes`;
   * - `TransferTooLargeError`: the tensor alone is larger than `maxBytes`;
   * - `TransferFailedError`: it cannot be written;
   * - `ClosedError`: the sender was closed;
   * - `AbortError`: `signal` aborted.
   */
  send(tensor: Tensor, options?: SendOptions): Promise<SentTensor<Descriptor>>;
  /** Cancels all tensors that are on their way, and waits until nothing of them is left. */
  close(): Promise<void>;
}

/** What a call of `receive` may choose. */
export interface ReceiveOptions {
  /** Aborts the call: it rejects with an `AbortError`. */
  readonly signal?: AbortSignal | undefined;
}

/** A tensor that arrived whole: its size, type, shape and digest are those of the descriptor. */
export interface ReceivedTensor extends AsyncDisposable {
  /** The tensor. With `file`, its data is a view of the file. */
  readonly tensor: Tensor;
  /**
   * Frees the memory now, instead of when the garbage collector comes by. Afterwards `tensor.data` has no elements.
   * With `file` and `nixl` that is memory outside of the heap of JavaScript.
   */
  release(): Promise<void>;
}
