import type { FeatureSpec } from '../features/index.js';
import { type AudioDecoderOptions, type DecodedAudio, LimitError } from '../index.js';
import { type DecodeFlags, decoderOptions } from './options.js';

/**
 * Decoder options for a model: mono, at its sample rate. With `bounded`, decoding stops soon after the longest clip.
 */
export function clipOptions(flags: DecodeFlags, spec: FeatureSpec, bounded: boolean): AudioDecoderOptions {
  const { sampleRate, chunkLength } = spec;
  const options: AudioDecoderOptions = { ...decoderOptions(flags), sampleRate, channels: 1 };
  const { start = 0, end = Number.POSITIVE_INFINITY } = options;
  // A range that is counted from the end has no `end`.
  if (!bounded || start < 0) return options;
  return { ...options, end: Math.min(end, start + chunkLength / sampleRate + 1) };
}

/** Length of the audio in seconds. Not all of it was decoded, but most headers state it. */
function lengthOf({ duration, source, startFrame, sampleRate }: DecodedAudio, end: number): number {
  const stated = source.duration === null ? 0 : Math.min(source.duration, end) - startFrame / sampleRate;
  return Math.max(duration, Math.round(stated * 1000) / 1000);
}

/** The audio is longer than the longest clip of the model. */
export class ClipTooLongError extends LimitError {
  override readonly remedy: string;

  constructor(
    audio: DecodedAudio,
    { chunkLength, sampleRate }: FeatureSpec,
    { end = Number.POSITIVE_INFINITY }: DecodeFlags,
    remedy: string,
  ) {
    const longest = chunkLength / sampleRate;
    const message = `the audio is longer than ${longest} s, the most that the model accepts at once`;
    super(message, 'seconds', longest, lengthOf(audio, end));
    this.remedy = remedy;
  }
}
