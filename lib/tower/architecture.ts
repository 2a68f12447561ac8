import type { FeatureSpec } from '../features/index.js';
import { framesOfChunk, pooledTokensOf, positionsOf } from './lengths.js';
import type { TowerArchitecture, TowerSpec } from './types.js';

/** Rules of all towers of an architecture. */
export interface ArchitectureRules {
  /** Frames of features from one token to the next. */
  readonly framesPerToken: number;
  /** Number of tokens that hold audio, from the number of frames that hold audio. */
  audioTokens(frames: number): number;
  /**
   * Whether a clip's embeddings end with its audio. Qwen2-Audio masks the padding and drops its tokens. Whisper's
   * encoder has no mask, and its users read the positions of the padding, too.
   */
  readonly endsWithAudio: boolean;
}

export const architectures: Readonly<Record<TowerArchitecture, ArchitectureRules>> = {
  'qwen2-audio': { framesPerToken: 4, audioTokens: pooledTokensOf, endsWithAudio: true },
  'whisper-encoder': { framesPerToken: 2, audioTokens: positionsOf, endsWithAudio: false },
};

export const architectureNames = Object.keys(architectures) as readonly TowerArchitecture[];

/** The spec that follows from an architecture, its front end and its width. */
export function towerSpec(architecture: TowerArchitecture, features: FeatureSpec, dimension: number): TowerSpec {
  const { framesPerToken } = architectures[architecture];
  return Object.freeze({
    architecture,
    features: Object.freeze(features),
    dimension,
    tokens: framesOfChunk(features) / framesPerToken,
    samplesPerToken: framesPerToken * features.hopLength,
  });
}
