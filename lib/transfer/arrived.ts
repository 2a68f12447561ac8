import { TransferCorruptError } from '../errors.js';
import { fromLittleEndian } from '../tensors/little_endian.js';
import { readSafetensors } from '../tensors/safetensors.js';
import type { Tensor } from '../tensors/tensor.js';
import { digestOf } from './digest.js';
import type { TransferDescriptor } from './types.js';

/**
 * Bytes around the elements of a safetensors file: its header. Ours have some hundred; those of others, with metadata,
 * may have more.
 */
export const mostHeaderBytes = 64 * 1024;

/** The tensor of a safetensors file that holds one, whatever its name: a view of the bytes. */
export async function fromSafetensors(
  bytes: Uint8Array,
  descriptor: TransferDescriptor,
  signal: AbortSignal | undefined,
): Promise<Tensor> {
  const tensors = Object.values(parsed(bytes));
  const [tensor] = tensors;
  if (tensor === undefined || tensors.length !== 1) throw corrupt(`the file holds ${tensors.length} tensors`);
  return checked(tensor, descriptor, signal);
}

/** A tensor of the elements alone: a view of the bytes. */
export async function fromRaw(
  bytes: Uint8Array,
  descriptor: TransferDescriptor,
  signal: AbortSignal | undefined,
): Promise<Tensor> {
  const { shape, dtype, size } = descriptor;
  if (bytes.length !== size) throw corrupt(`${bytes.length} bytes came instead of ${size}`);
  return checked({ data: fromLittleEndian(bytes, dtype), shape, dtype }, descriptor, signal);
}

export function corrupt(what: string, cause?: unknown): TransferCorruptError {
  const message = `the tensor did not arrive as it was sent: ${what}`;
  return new TransferCorruptError('ERR_TRANSFER_CORRUPT', message, cause === undefined ? undefined : { cause });
}

function parsed(bytes: Uint8Array): Readonly<Record<string, Tensor>> {
  try {
    return readSafetensors(bytes).tensors;
  } catch (cause) {
    throw corrupt('the bytes are not a valid safetensors file', cause);
  }
}

async function checked(
  tensor: Tensor,
  { shape, dtype, digest }: TransferDescriptor,
  signal: AbortSignal | undefined,
): Promise<Tensor> {
  if (tensor.dtype !== dtype) throw corrupt(`its elements are ${tensor.dtype} instead of ${dtype}`);
  if (tensor.shape.join() !== shape.join()) throw corrupt(`its shape is [${tensor.shape}] instead of [${shape}]`);
  const actual = await digestOf(tensor, signal);
  if (actual !== digest) throw corrupt(`its digest is ${actual} instead of ${digest}`);
  return tensor;
}
