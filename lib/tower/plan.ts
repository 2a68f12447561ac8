import { AudioTooShortError, CochleaError, EmptyAudioError, LimitError, NonFiniteError } from '../errors.js';
import { architectures } from './architecture.js';
import { framesOfChunk } from './lengths.js';
import type { EmbedInput, LongAudio } from './options.js';
import { type Piece, piecesOf, wholePiece } from './pieces.js';
import type { TowerSpec } from './types.js';

/** One clip of a call, cut into pieces for the model. */
export interface PlannedClip {
  /** How errors name it: `audio`, or `audio[2]` if there are several. */
  readonly name: string;
  readonly pieces: readonly Piece[];
}

/**
 * Plans a call, before any of its clips run.
 *
 * @throws {EmptyAudioError | LimitError | AudioTooShortError} A clip has no samples, too many, or too few: named.
 */
export function planClips(given: EmbedInput, long: LongAudio, spec: TowerSpec): readonly PlannedClip[] {
  if ('features' in given) {
    const { inputFeatures, frames } = given.features;
    const size = spec.features.mels * framesOfChunk(spec.features);
    return frames.map((count, i) => {
      const name = `audio[${i}]`;
      if (!hasTokens(count, spec)) throw tooShort(name, `${count} valid frames`, `${leastFrames(spec)} frames`, spec);
      const features = inputFeatures.data.subarray(i * size, (i + 1) * size);
      return { name, pieces: [wholePiece({ features }, count, spec)] };
    });
  }
  return given.audio.map(({ name, samples }) => {
    checkLength(name, samples.length, long, spec);
    return { name, pieces: piecesOf(samples, long, spec) };
  });
}

function checkLength(name: string, samples: number, { long }: LongAudio, spec: TowerSpec): void {
  const { sampleRate, hopLength, chunkLength } = spec.features;
  if (samples === 0) throw withClipName(name, new EmptyAudioError('ERR_AUDIO_EMPTY', `${name} has no samples`));
  if (!hasTokens(Math.ceil(samples / hopLength), spec)) {
    const least = (leastFrames(spec) - 1) * hopLength + 1;
    throw tooShort(name, `${samples} samples (${samples / sampleRate} s)`, `${least} samples`, spec);
  }
  if (long !== 'error' || samples <= chunkLength) return;
  const [max, actual] = [chunkLength / sampleRate, samples / sampleRate];
  const message =
    `${name} lasts ${actual} s, and the tower accepts ${max} s at once; ` +
    "cut it into pieces with options.long: 'windows' or 'split'";
  throw withClipName(name, new LimitError(message, 'seconds', max, actual));
}

function hasTokens(frames: number, { architecture }: TowerSpec): boolean {
  return architectures[architecture].audioTokens(frames) > 0;
}

/** The fewest frames that give a token. */
function leastFrames(spec: TowerSpec): number {
  let frames = 1;
  while (!hasTokens(frames, spec)) frames++;
  return frames;
}

function tooShort(name: string, given: string, least: string, { architecture }: TowerSpec): AudioTooShortError {
  const message = `${name} has ${given}, too few for a token of ${architecture}: it needs ${least}`;
  return withClipName(name, new AudioTooShortError('ERR_AUDIO_TOO_SHORT', message));
}

/**
 * Checks features that the caller passes. With dynamic quantisation the scales of an int8 model come from the whole
 * batch: a single NaN would change the embeddings of the other clips, and would not show in its own.
 *
 * @throws {NonFiniteError} One is NaN or infinite.
 */
export function checkFinite(name: string, features: Float32Array): void {
  for (let i = 0; i < features.length; i++) {
    if (Number.isFinite(features[i])) continue;
    throw withClipName(name, new NonFiniteError('ERR_AUDIO_NON_FINITE', `feature ${i} of ${name} is ${features[i]}`));
  }
}

/** Sets the name of the clip as the label of the error. */
export function withClipName<Failure>(name: string, error: Failure): Failure {
  if (error instanceof CochleaError) error.label = name;
  return error;
}
