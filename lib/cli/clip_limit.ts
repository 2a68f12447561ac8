import type { FeatureSpec } from '../features/index.js';
import { type AudioDecoderOptions, type DecodedAudio, LimitError } from '../index.js';
import { type DecodeFlags, decoderOptions } from './options.js';

/** What models take: mono at their sample rate. With `bounded`, not more of it than shows that it is too long. */
export function clipOptions(flags: DecodeFlags, spec: FeatureSpec, bounded: boolean): AudioDecoderOptions {
  const { sampleRate, chunkLength } = spec;
  const options: AudioDecoderOptions = { ...decoderOptions(flags), sampleRate, channels: 1 };
  const { start = 0, end = Number.POSITIVE_INFINITY } = options;
  // From the end, a range runs to the end.
  if (!bounded || start < 0) return options;
  return { ...options, end: Math.min(end, start + chunkLength / sampleRate + 1) };
}

/** Seconds that there are: no more was decoded than shows that they are too many, but most headers tell. */
function lengthOf({ duration, source, startFrame, sampleRate }: DecodedAudio, end: number): number {
  const stated = source.duration === null ? 0 : Math.min(source.duration, end) - startFrame / sampleRate;
  return Math.max(duration, Math.round(stated * 1000) / 1000);
}

/** Audio that is longer than a clip may be. */
export class ClipTooLongError extends LimitError {
  override readonly remedy: string;

  constructor(
    audio: DecodedAudio,
    { chunkLength, sampleRate }: FeatureSpec,
    { end = Number.POSITIVE_INFINITY }: DecodeFlags,
    remedy: string,
  ) {
    const longest = chunkLength / sampleRate;
    const message = `the audio is longer than ${longest} s, which is what the model takes at once`;
    super(message, 'seconds', longest, lengthOf(audio, end));
    this.remedy = remedy;
  }
}
