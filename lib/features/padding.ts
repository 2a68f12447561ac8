import { AudioTooShortError, EmptyAudioError, LimitError } from '../errors.js';
import type { Clip } from './clips.js';
import type { Preparation } from './options.js';
import type { FeatureSpec } from './spec.js';

/** Clips that are computed together, truncated if requested. */
export interface Batch {
  readonly clips: readonly Clip[];
  /** Samples of each clip, including the zeros of the padding. */
  readonly length: number;
  readonly normalize: boolean;
  /** Samples that were cut off each clip. */
  readonly truncated: readonly number[];
}

/** Pads and truncates as transformers' `SequenceFeatureExtractor.pad`: the samples are padded, not the features. */
export function padBatch(given: readonly Clip[], preparation: Preparation, spec: FeatureSpec): Batch {
  for (const { name, samples } of given) {
    if (samples.length === 0) throw new EmptyAudioError('ERR_AUDIO_EMPTY', `${name} has no samples`);
  }
  const { padding, truncation, multiple, normalize } = preparation;
  const longest = roundedUp(spec.chunkLength, multiple);
  const clips = truncation ? given.map((clip) => ({ ...clip, samples: clip.samples.subarray(0, longest) })) : given;
  if (padding === 'max_length') checkLength(clips, longest, spec);
  const length = padding === 'max_length' ? longest : commonLength(clips, padding, multiple);
  if (length < spec.hopLength) {
    throw new AudioTooShortError(
      'ERR_AUDIO_TOO_SHORT',
      `${length} samples are less than a frame, ${spec.hopLength}; with padding 'max_length' any length has features`,
    );
  }
  return {
    clips,
    length,
    normalize,
    truncated: clips.map(({ samples }, index) => (given[index] as Clip).samples.length - samples.length),
  };
}

function roundedUp(length: number, multiple: number): number {
  return Math.ceil(length / multiple) * multiple;
}

function checkLength(clips: readonly Clip[], longest: number, { sampleRate }: FeatureSpec): void {
  for (const { name, samples } of clips) {
    if (samples.length <= longest) continue;
    const [max, actual] = [longest / sampleRate, samples.length / sampleRate];
    throw new LimitError(
      `${name} is ${actual} s long, more than the ${max} s of the front end: cut it with split or windows, or set truncation: true`,
      'seconds',
      max,
      actual,
    );
  }
}

function commonLength(clips: readonly Clip[], padding: 'longest' | 'none', multiple: number): number {
  const lengths = clips.map(({ samples }) => samples.length);
  // Math.max(...lengths) would put some 100,000 arguments on the stack.
  const longest = lengths.reduce((most, length) => Math.max(most, length));
  if (padding === 'longest') return roundedUp(longest, multiple);
  const other = lengths.find((length) => length !== longest);
  if (other !== undefined) {
    throw new RangeError(`with padding 'none' all clips must be equally long, got ${longest} and ${other} samples`);
  }
  return longest;
}
