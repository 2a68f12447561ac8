import { isFloat32Array } from 'node:util/types';
import type { PlainUint16Array } from '../arrays.js';
import { checkSignal, optionsOf, typeError } from '../checks.js';
import { native, nativeWords } from '../native/binding.js';
import { runNative } from '../native/job.js';
import { checkAttached, steady } from '../native/memory.js';
import type { Tensor } from './tensor.js';

/** Options of `toFloat16` and `toBfloat16`. */
export interface HalfOptions {
  /** Aborts the call: it rejects with an `AbortError` whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** @inline */
type HalfTensor = Tensor<PlainUint16Array>;

/**
 * Converts to float16: IEEE 754 half precision, in range ±65504, with 11 significant bits.
 *
 * Rounds to nearest, ties to even, to the same bits as NumPy. Values beyond the range become infinite, values below
 * 2^-14 become subnormal, and NaN stays NaN. Runs on the decoding threads.
 *
 * @param tensor float32, of any shape. Read in place: leave it unchanged, and do not transfer its buffer, until the
 * promise settles.
 * @throws {TypeError} The tensor or an option is of the wrong type (at the call).
 * @returns The bits of each number, in a `Uint16Array` of the same shape whose buffer can be transferred. Rejects with
 * an `AbortError` once `signal` aborts.
 */
export function toFloat16(tensor: Tensor<Float32Array>, options: HalfOptions = {}): Promise<HalfTensor> {
  return toHalf(tensor, 'float16', options, toFloat16);
}

/**
 * Converts to bfloat16: the upper half of a float32, with the same range and 8 significant bits.
 *
 * Rounds as `toFloat16` does, to the same bits as PyTorch. NaN stays NaN and keeps its sign.
 *
 * @throws {TypeError} The tensor or an option is of the wrong type (at the call).
 * @returns As for `toFloat16`.
 */
export function toBfloat16(tensor: Tensor<Float32Array>, options: HalfOptions = {}): Promise<HalfTensor> {
  return toHalf(tensor, 'bfloat16', options, toBfloat16);
}

function toHalf(
  tensor: Tensor<Float32Array>,
  dtype: 'float16' | 'bfloat16',
  options: HalfOptions,
  called: (...args: never[]) => unknown,
): Promise<HalfTensor> {
  if (typeof tensor !== 'object' || tensor === null) throw typeError('tensor', 'a tensor of float32', tensor);
  const { data, shape } = tensor;
  if (!isFloat32Array(data)) throw typeError('tensor.data', 'a Float32Array', data);
  checkAttached('tensor.data', data.buffer);
  const { signal } = optionsOf('options', options, ['signal']);
  checkSignal(signal);
  const caller: { stack?: string } = {};
  Error.captureStackTrace(caller, called);
  return convert(steady(data), shape, dtype, signal, caller);
}

async function convert(
  from: Float32Array,
  shape: readonly number[],
  dtype: 'float16' | 'bfloat16',
  signal: AbortSignal | undefined,
  caller: { stack?: string },
): Promise<HalfTensor> {
  const data = new Uint16Array(from.length);
  await runNative(
    { signal, timeout: undefined },
    (cancellation) => native.convert(from, nativeWords.half.indexOf(dtype), data, cancellation),
    caller,
  );
  return { data, shape, dtype };
}
