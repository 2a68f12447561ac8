import { split, windows } from '../decode/index.js';
import { audioChunk } from '../decode/inner.js';
import { architectures } from './architecture.js';
import { framesOf } from './lengths.js';
import type { LongAudio } from './options.js';
import type { TowerSpec } from './types.js';

/** Input of the model for one clip, or for a part of a longer clip. */
export interface Piece {
  /** Samples, whose features are still to be computed, or features: `[mels, frames]`. */
  readonly input: { readonly samples: Float32Array } | { readonly features: Float32Array };
  /** Frames of features that hold audio. */
  readonly frames: number;
  /** Sample of the clip at which `input` begins. */
  readonly start: number;
  /** Tokens at the beginning of `input` that the piece before gives. */
  readonly skipped: number;
  /** Tokens that this piece gives. */
  readonly tokens: number;
}

/** A whole clip. */
export function wholePiece(input: Piece['input'], frames: number, { architecture, tokens }: TowerSpec): Piece {
  const { audioTokens, endsWithAudio } = architectures[architecture];
  return { input, frames, start: 0, skipped: 0, tokens: endsWithAudio ? audioTokens(frames) : tokens };
}

/**
 * Cuts a clip into pieces for the model. A clip that is short enough is a single piece.
 *
 * Note [Joined windows]: windows begin a whole number of tokens apart, so shared tokens of two windows are the same
 * moments. The first half of the shared tokens is taken from the earlier window and the rest from the later one. So
 * each token is as far from the edge of its window as possible. All windows but the last are full, so the number of
 * tokens is that of one clip of the whole length. The last window, and all pieces of `split`, give only tokens that
 * hold audio, with Whisper as well: otherwise there would be padding between the pieces.
 */
export function piecesOf(samples: Float32Array, long: LongAudio, spec: TowerSpec): readonly Piece[] {
  const { features, architecture } = spec;
  const { chunkLength, sampleRate } = features;
  if (samples.length <= chunkLength) return [wholePiece({ samples }, framesOf(samples.length, features), spec)];
  const { audioTokens } = architectures[architecture];
  const audio = audioChunk(samples as Float32Array<ArrayBuffer>, { sampleRate, channels: 1 }, 0);
  const shared = long.long === 'windows' ? long.overlap / spec.samplesPerToken : 0;
  const head = Math.floor(shared / 2);
  const parts =
    long.long === 'windows'
      ? [...windows(audio, { frames: chunkLength, overlapFrames: long.overlap })]
      : [...split(audio, { maxSeconds: chunkLength / sampleRate })];
  return parts
    .map(({ data, startFrame }, i): Piece => {
      const frames = framesOf(data.length, features);
      const skipped = i === 0 ? 0 : head;
      const end = i === parts.length - 1 ? audioTokens(frames) : audioTokens(frames) - (shared - head);
      return { input: { samples: data }, frames, start: startFrame, skipped, tokens: end - skipped };
    })
    .filter(({ tokens }) => tokens > 0);
}
