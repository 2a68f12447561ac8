import { formats } from '../../encode/inner.js';
import { type DecodedAudio, encode } from '../../index.js';
import { littleEndian } from '../../tensors/little_endian.js';
import { writeNpy } from '../../tensors/npy.js';
import { OutputError } from '../failure.js';
import type { BitDepth, OutputFormat } from './output_plan.js';

/** Contents of an output file, and the number of clipped samples. */
export interface Contents {
  readonly chunks: Iterable<Uint8Array>;
  readonly clipped: number;
}

/** How much of the samples is kept. */
export interface Quality {
  readonly bitDepth?: BitDepth | undefined;
  /** Bits per second. */
  readonly bitRate?: number | undefined;
}

export async function contentsOf(
  audio: DecodedAudio,
  format: OutputFormat,
  quality: Quality,
  signal: AbortSignal,
): Promise<Contents> {
  if (format === 'npy') return { chunks: writeNpy(audio), clipped: 0 };
  if (format === 'f32') return { chunks: littleEndian(audio), clipped: 0 };
  const { mostChannels } = formats[format];
  if (audio.channels > mostChannels) {
    const message = `${format} files hold up to ${mostChannels} channels, and this has ${audio.channels}`;
    throw new OutputError(message, 'ERR_OUTPUT_CHANNELS', 'Write wav, or ask for fewer with --channels.');
  }
  let clipped = 0;
  const onClipped = (samples: number) => {
    clipped = samples;
  };
  const bytes = await encode(audio, { format, ...quality, signal, onClipped });
  return { chunks: [bytes], clipped };
}
