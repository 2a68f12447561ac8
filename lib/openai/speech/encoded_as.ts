import { encodeStream } from '../../encode/index.js';
import type { AudioSamples } from '../../tensors/audio_samples.js';
import type { SpeechFormat } from '../engine.js';

/** Of a WAV file of integers without a length. */
const wavHeaderBytes = 44;

/** Samples as a file, while they come. `pcm` is 16 bits, little-endian, without a header. */
export function encodedAs(
  samples: AsyncIterable<AudioSamples>,
  format: SpeechFormat,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  if (format === 'pcm') return withoutHeader(encodeStream(samples, { format: 'wav', bitDepth: 16, signal }));
  if (format === 'wav') return encodeStream(samples, { format, bitDepth: 16, signal });
  return encodeStream(samples, { format, signal });
}

async function* withoutHeader(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let left = wavHeaderBytes;
  for await (const piece of pieces) {
    const dropped = Math.min(left, piece.length);
    left -= dropped;
    if (dropped < piece.length) yield piece.subarray(dropped);
  }
}
