import type { EngineEvent } from './engine.js';
import { diarized, renderTranscript, type TranscriptNeed } from './transcript/render.js';

/** An event, as OpenAI sends it. */
export function eventFor(event: EngineEvent, needs: readonly TranscriptNeed[]): object {
  if (event.type === 'delta') return { type: 'transcript.text.delta', delta: event.text };
  if (event.type === 'segment') return diarized(event.segment);
  return { type: 'transcript.text.done', ...(renderTranscript(event.transcript, 'json', { needs }) as object) };
}
