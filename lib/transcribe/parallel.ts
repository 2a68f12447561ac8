import { following } from '../async/abort.js';
import { split } from '../decode/index.js';
import type { TranscribeRequest } from './options.js';
import { type DoneWindow, type Stretch, samplesPerFrame, sequential } from './sequential.js';
import type { Whisper } from './whisper.js';

const samplesPerSecond = 16_000;

/**
 * Transcribes stretches of audio that are cut at quiet places into pieces of at most 30 s, which do not wait for each
 * other. As many are worked on as have a place. What they give comes in the order of time.
 */
export async function* parallel(
  whisper: Whisper,
  samples: Float32Array,
  stretches: readonly Stretch[],
  request: TranscribeRequest,
  language: string,
): AsyncGenerator<DoneWindow> {
  // If one fails, or nobody reads on, the others need not go on.
  const stop = following(request.signal);
  const alone = { ...request, signal: stop.signal, conditionOnPreviousText: false };
  const pieces = stretches.flatMap((stretch) => piecesOf(samples, stretch));
  const running: Promise<readonly DoneWindow[]>[] = [];
  let next = 0;
  try {
    for (let i = 0; i < pieces.length; i++) {
      // One more than there are places waits for a place.
      for (; next < pieces.length && next <= i + whisper.places; next++) {
        const piece = all(sequential(whisper, samples, [pieces[next] as Stretch], alone, language));
        // Whoever reads it has its failure.
        piece.catch(() => {});
        running.push(piece);
      }
      yield* (await running[i]) ?? [];
    }
  } finally {
    stop.abort();
    stop.release();
  }
}

async function all(windows: AsyncGenerator<DoneWindow>): Promise<readonly DoneWindow[]> {
  const done: DoneWindow[] = [];
  for await (const window of windows) done.push(window);
  return done;
}

function piecesOf(samples: Float32Array, { start, end }: Stretch): Stretch[] {
  const data = samples.subarray(start * samplesPerFrame, end * samplesPerFrame);
  if (data.length <= 30 * samplesPerSecond) return [{ start, end }];
  const cuts = [...split({ data, sampleRate: samplesPerSecond }, { maxSeconds: 30, searchSeconds: 3 })]
    .slice(1)
    .map(({ startFrame }) => start + Math.round(startFrame / samplesPerFrame));
  return [start, ...cuts].map((from, i) => ({ start: from, end: cuts[i] ?? end }));
}
