import { native } from '../native/binding.js';
import { runNative } from '../native/job.js';
import { littleEndian } from '../tensors/little_endian.js';
import type { Tensor } from '../tensors/tensor.js';

/**
 * XXH3-64 of the elements, little-endian: it notices what is cut, torn or mixed up on the way, at the speed of memory.
 * It is no signature: whoever may change the bytes can change the digest with them.
 * https://github.com/Cyan4973/xxHash
 */
export async function digestOf(tensor: Tensor, signal: AbortSignal | undefined): Promise<string> {
  const parts = [...littleEndian(tensor)];
  const digest = await runNative(
    { signal, timeout: undefined },
    (cancellation) => native.digest(parts, cancellation),
    {},
  );
  return `xxh3:${digest}`;
}
