import { shown } from '../checks.js';
import { TransferInvalidError } from '../errors.js';
import { type DType, typedArrays } from '../tensors/tensor.js';
import { sizeOf } from './describe.js';
import type { TransferDescriptor, TransferMode } from './types.js';

/** The fields of each mode, beside those of all, and what they have to be. */
const fields: Record<TransferMode, Readonly<Record<string, (value: unknown) => boolean>>> = {
  inline: { format: oneOf('safetensors', 'raw', 'torch'), data: isText },
  file: { layout: oneOf('dynamo', 'vllm'), path: isText },
  http: { url: isText },
  nixl: { form: oneOf('read', 'write'), serialized_request: (value) => value !== undefined && value !== null },
};

/**
 * A descriptor that came from elsewhere, with each field checked: it says what will be allocated, before anything is.
 *
 * @throws {TransferInvalidError}
 */
export function checkDescriptor(value: unknown): TransferDescriptor {
  if (typeof value !== 'object' || value === null) throw invalid(`it is ${shown(value)}, and not an object`);
  const descriptor = value as Record<string, unknown>;
  const { mode, shape, dtype, size, digest, expires_at } = descriptor;
  if (typeof mode !== 'string' || !Object.hasOwn(fields, mode)) {
    throw invalid(`mode is ${shown(mode)}, and not one of ${Object.keys(fields).join(', ')}`);
  }
  if (typeof dtype !== 'string' || !Object.hasOwn(typedArrays, dtype)) {
    throw invalid(`dtype is ${shown(dtype)}, and not one of ${Object.keys(typedArrays).join(', ')}`);
  }
  const actual = sizeOf(shape, dtype as DType);
  if (actual === undefined) throw invalid('shape is not an array of whole numbers');
  if (size !== actual) throw invalid(`size is ${shown(size)}, and a tensor of this shape and type has ${actual} bytes`);
  if (typeof digest !== 'string' || !/^xxh3:[0-9a-f]{16}$/.test(digest)) {
    throw invalid('digest is not xxh3: and 16 hexadecimal digits');
  }
  if (!Number.isFinite(expires_at)) throw invalid('expires_at is not a number of seconds');
  for (const [name, fits] of Object.entries(fields[mode as TransferMode])) {
    if (!fits(descriptor[name])) throw invalid(`${name} is ${shown(descriptor[name])}`);
  }
  // Of its own: what was checked does not change while it is used.
  return { ...descriptor, shape: [...(shape as number[])] } as unknown as TransferDescriptor;
}

export function invalid(what: string): TransferInvalidError {
  return new TransferInvalidError('ERR_TRANSFER_INVALID', `the descriptor of the tensor is not valid: ${what}`);
}

function oneOf(...words: string[]): (value: unknown) => boolean {
  return (value) => words.includes(value as string);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
