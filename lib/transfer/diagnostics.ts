import { channel } from 'node:diagnostics_channel';
import { type TraceEvent, traced } from '../async/traced.js';
import type { Tensor } from '../tensors/tensor.js';
import type { SentTensor, TransferDescriptor, TransferMode } from './types.js';

/** `cochlea:transfer`, on `node:diagnostics_channel`: a call of `send` has ended. */
export interface TransferEvent extends TraceEvent {
  /** How the tensor gets there. */
  readonly mode: TransferMode;
  /** Bytes of the tensor. */
  readonly bytes: number;
}

const transfers = channel('cochlea:transfer');

/** Runs a send, and publishes how it went. */
export function tracedSend<Descriptor extends TransferDescriptor>(
  mode: TransferMode,
  tensor: Tensor,
  send: () => Promise<SentTensor<Descriptor>>,
): Promise<SentTensor<Descriptor>> {
  return traced<TransferEvent, SentTensor<Descriptor>>(transfers, send, () => ({
    mode,
    bytes: tensor.data.byteLength,
  }));
}
