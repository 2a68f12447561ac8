import { architectures } from './architecture.js';
import type { Clip } from './clips.js';
import { maskOf } from './lengths.js';
import type { Piece } from './pieces.js';
import type { AudioEmbeddings, TowerSpec } from './types.js';

/** What a call gives, of the rows that all its pieces have filled. */
export function embeddingsOf(
  clips: readonly Clip[],
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

/** Only a whole clip may have tokens without. */
function tokensWithAudio({ frames, skipped, tokens }: Piece, { architecture }: TowerSpec): number {
  return Math.min(tokens, architectures[architecture].audioTokens(frames) - skipped);
}

function sum(pieces: readonly Piece[], value: (piece: Piece) => number): number {
  return pieces.reduce((total, piece) => total + value(piece), 0);
}
