import type { EngineEvent } from './engine.js';
import { diarized, renderTranscript, type TranscriptNeed, usageOf } from './transcript/render.js';

/** An event, as OpenAI sends it. */
export function eventFor(event: EngineEvent, needs: readonly TranscriptNeed[]): object {
  if (event.type === 'delta') return { type: 'transcript.text.delta', delta: event.text };
  if (event.type === 'segment') return diarized(event.segment);
  const { transcript } = event;
  const usage = usageOf(transcript.usage, 'tokens');
  return { type: 'transcript.text.done', ...(renderTranscript({ ...transcript, usage }, 'json', { needs }) as object) };
}
