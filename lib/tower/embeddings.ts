import { architectures } from './architecture.js';
import { maskOf } from './lengths.js';
import type { Piece } from './pieces.js';
import type { PlannedClip } from './plan.js';
import type { AudioEmbeddings, TowerSpec } from './types.js';

/** The result of a call, made from the rows of all its pieces. */
export function embeddingsOf(
  clips: readonly PlannedClip[],
  audioFeatures: AudioEmbeddings['audioFeatures'],
  spec: TowerSpec,
): AudioEmbeddings {
  const tokens = clips.map(({ pieces }) => sum(pieces, (piece) => piece.tokens));
  const width = tokens.reduce((most, count) => Math.max(most, count), spec.tokens);
  const withAudio = clips.map(({ pieces }) => sum(pieces, (piece) => tokensWithAudio(piece, spec)));
  return {
    audioFeatures,
    tokens,
    mask: { data: maskOf(withAudio, width), shape: [clips.length, width], dtype: 'bool' },
    pieces: clips.map(({ pieces }) =>
      pieces.map(({ start, skipped, tokens: count }) => {
        return { startSample: start + skipped * spec.samplesPerToken, tokens: count };
      }),
    ),
  };
}

/** Only the tokens of a whole clip may include some without audio. */
function tokensWithAudio({ frames, skipped, tokens }: Piece, { architecture }: TowerSpec): number {
  return Math.min(tokens, architectures[architecture].audioTokens(frames) - skipped);
}

function sum(pieces: readonly Piece[], value: (piece: Piece) => number): number {
  return pieces.reduce((total, piece) => total + value(piece), 0);
}
