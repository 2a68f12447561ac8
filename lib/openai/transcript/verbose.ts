import type { TranscriptSegment } from '../../transcript.js';

/** A segment of `verbose_json`. It has all fields of OpenAI's API: numbers that the server does not give are 0. */
export interface TranscriptionSegment {
  /** From 0, in the order of time. */
  readonly id: number;
  /** Where the window of the model began, in steps of 10 ms. */
  readonly seek: number;
  /** Seconds from the start of the audio. */
  readonly start: number;
  /** Seconds from the start of the audio. */
  readonly end: number;
  /** As the server gave it: Whisper begins it with a blank. */
  readonly text: string;
  /** Tokens of the text. */
  readonly tokens: number[];
  /** With which the tokens were drawn. */
  readonly temperature: number;
  /** Mean natural logarithm of the probabilities of the tokens. */
  readonly avg_logprob: number;
  /** Of the text by gzip: repetitions make it large. */
  readonly compression_ratio: number;
  /** Probability that nobody speaks. */
  readonly no_speech_prob: number;
}

/** With all fields that OpenAI's SDKs require: numbers that nobody knows are 0. */
export function verboseSegment({ id, start, end, text, ...known }: TranscriptSegment): TranscriptionSegment {
  const { seek = 0, tokens = [], temperature = 0 } = known;
  const { avg_logprob = 0, compression_ratio = 0, no_speech_prob = 0 } = known;
  return {
    id,
    seek,
    start,
    end,
    text,
    tokens: [...tokens],
    temperature,
    avg_logprob,
    compression_ratio,
    no_speech_prob,
  };
}
