import type { CochleaError } from '../errors.js';
import type { ReceivedTensor, TensorReceiver, TransferMode } from '../transfer/index.js';
import type { EncodedItem } from '../worker/index.js';

/** What is fixed where a client is made. */
export interface EncodeClientOptions {
  /**
   * Addresses of services that have the same model, such as `http://10.0.0.7:8000` or `https://example.com/audio`. The
   * one with the fewest requests of this client under way is asked.
   */
  readonly addresses: string | readonly string[];
  /** Goes to each service as `Authorization: Bearer KEY`, and to nobody else. Default: none. */
  readonly apiKey?: string | undefined;
  /**
   * Takes the tensors for `embed`. It is yours: close it after the client. Default: one of the client that takes inline
   * tensors, those at the origins of `addresses`, and files of the folder of `FileSender`.
   */
  readonly receiver?: TensorReceiver | undefined;
  /** Milliseconds for a request with all of its tries. Its own `deadline_ms` may ask for less. Default: 60000. */
  readonly timeout?: number | undefined;
  /** How often a request is tried again, at most. Default: 5. */
  readonly retries?: number | undefined;
  /** Connections to each address, at most; further requests wait for one. Default: 128. */
  readonly connections?: number | undefined;
  /**
   * Bytes of a line of an answer, at most: each holds a clip. Default: 128 MiB, which is more than an inline tensor
   * has unless its sender is told otherwise.
   */
  readonly maxLineBytes?: number | undefined;
}

/** What a call may choose. */
export interface EncodeCallOptions {
  /** Aborts the call: it rejects with an `AbortError`, and its connection is closed. */
  readonly signal?: AbortSignal | undefined;
  /** How the tensors come here: one of the modes that the service offers. Default: `inline`. */
  readonly transfer?: TransferMode | undefined;
}

/** One clip: an address or a data URL, or the bytes of an audio file. */
export type ClipSource = string | URL | Uint8Array | ArrayBuffer | SharedArrayBuffer | DataView | Blob;

/** A clip with its embeddings in this process: `tensor` is [tokens, dimension]. */
export interface ReceivedClip extends Omit<EncodedItem, 'transfer' | 'request'>, ReceivedTensor {}

/** A clip that failed. Its neighbours go on. */
export interface FailedClip {
  /** Which clip of the request, from 0. */
  readonly index: number;
  /** As in the request. */
  readonly id?: string | undefined;
  /** Why it failed. */
  readonly error: CochleaError;
}
