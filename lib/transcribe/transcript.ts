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
    ...(needs.includes('words') && { words: (words ?? []).map(({ word, start, end }) => ({ word, start, end })) }),
    usage: { type: 'duration', seconds: Math.ceil(duration) },
  };
}

function segmentOf(segment: TranscriptionSegment): TranscriptSegment {
  const { id, seek, start, end, text, tokens, temperature, avgLogprob, compressionRatio, noSpeechProb } = segment;
  return {
    ...{ id, seek, start, end, text, tokens, temperature },
    avg_logprob: avgLogprob,
    compression_ratio: compressionRatio,
    no_speech_prob: noSpeechProb,
  };
}

/** As OpenAI's API has it: 0, its default, means the usual list there, too. */
export function temperatureOf(temperature: number | undefined): { readonly temperature?: number } {
  return temperature === undefined || temperature === 0 ? {} : { temperature };
}
