import type { DecodedAudio } from '../decode/index.js';
import { native } from '../native/binding.js';
import { runNative } from '../native/job.js';
import { littleEndian } from '../tensors/little_endian.js';

/**
 * Names what the embeddings of audio depend on: XXH3-64 of its shape, element type, sample rate and samples, and of
 * `model`, which stands for the model and how it is used. Equal samples have the same name, whatever container, codec or
 * address they came from. 16 hexadecimal digits.
 *
 * It is no secret and no signature: made to find the same again, with one collision in 4 billion clips or so.
 */
export function contentId(audio: DecodedAudio, model: string, signal: AbortSignal): Promise<string> {
  const { shape, dtype, sampleRate } = audio;
  const facts = Buffer.from(JSON.stringify([model, shape, dtype, sampleRate]));
  const parts = [facts, ...littleEndian(audio)];
  return runNative({ signal, timeout: undefined }, (cancellation) => native.digest(parts, cancellation), {});
}
