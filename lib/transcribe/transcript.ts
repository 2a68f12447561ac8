import type { TranscriptNeed } from '../openai/index.js';
import type { Transcript, TranscriptSegment } from '../transcript.js';
import type { Transcription, TranscriptionSegment } from './types.js';

/** A transcription with the fields of OpenAI's API. Where nobody speaks there is no language: later parts have their own. */
export function transcriptOf(
  { text, language, duration, segments, words }: Transcription,
  needs: readonly TranscriptNeed[],
): Transcript {
  return {
    ...{ text: text.trim(), duration, segments: segments.map(segmentOf) },
    ...(segments.length > 0 && { language }),
    ...(needs.includes('words') && { words: (words ?? []).map(({ word, ...times }) => ({ word, ...exact(times) })) }),
    usage: { type: 'duration', seconds: Math.ceil(duration) },
  };
}

function segmentOf(segment: TranscriptionSegment): TranscriptSegment {
  const { id, seek, text, tokens, temperature, avgLogprob, compressionRatio, noSpeechProb } = segment;
  return {
    ...{ id, seek, ...exact(segment), text, tokens, temperature },
    avg_logprob: avgLogprob,
    compression_ratio: compressionRatio,
    no_speech_prob: noSpeechProb,
  };
}

/** To milliseconds: differences of times have digits that nobody measured. */
function exact({ start, end }: Times): Times {
  return { start: Math.round(start * 1000) / 1000, end: Math.round(end * 1000) / 1000 };
}

interface Times {
  readonly start: number;
  readonly end: number;
}

/** As OpenAI's API has it: 0, its default, means the usual list there, too. */
export function temperatureOf(temperature: number | undefined): { readonly temperature?: number } {
  return temperature === undefined || temperature === 0 ? {} : { temperature };
}
