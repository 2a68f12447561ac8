/** A stretch of a transcript, such as a sentence. Fields of OpenAI's API that the engine does not know are left out. */
export interface TranscriptSegment {
  /** From 0, in the order of time. */
  readonly id: number;
  /** Seconds from the start of the audio. */
  readonly start: number;
  /** Seconds from the start of the audio. */
  readonly end: number;
  /** As the engine gave it: Whisper begins it with a blank. */
  readonly text: string;
  /** Where the window of the model began, in steps of 10 ms. */
  readonly seek?: number | undefined;
  /** Tokens of the text. */
  readonly tokens?: readonly number[] | undefined;
  /** With which the tokens were drawn. */
  readonly temperature?: number | undefined;
  /** Mean natural logarithm of the probabilities of the tokens. */
  readonly avg_logprob?: number | undefined;
  /** Of the text by gzip: repetitions make it large. */
  readonly compression_ratio?: number | undefined;
  /** Probability that nobody speaks. */
  readonly no_speech_prob?: number | undefined;
  /** Who speaks: `A`, `B` … or a known name. */
  readonly speaker?: string | undefined;
}

/** A word and its time. */
export interface TranscriptWord {
  /** As the engine gave it, with its leading blank if it has one. */
  readonly word: string;
  /** Seconds from the start of the audio. */
  readonly start: number;
  /** Seconds from the start of the audio. */
  readonly end: number;
}

/** A token and its probability. */
export interface TranscriptLogprob {
  /** The token as text. */
  readonly token?: string;
  /** UTF-8. */
  readonly bytes?: number[];
  /** Natural logarithm of its probability. */
  readonly logprob?: number;
}

/** Seconds that a server counts. */
export interface DurationUsage {
  /** Which of the two. */
  readonly type: 'duration';
  /** Of audio. */
  readonly seconds: number;
}

/** Tokens that a server counts. */
export interface TokenUsage {
  /** Which of the two. */
  readonly type: 'tokens';
  /** Of the audio and the prompt. */
  readonly input_tokens: number;
  /** Of the text. */
  readonly output_tokens: number;
  /** Of both. */
  readonly total_tokens: number;
  /** What the input is. */
  readonly input_token_details?: {
    /** Of the audio. */
    readonly audio_tokens?: number;
    /** Of the prompt. */
    readonly text_tokens?: number;
  };
}

/** What a server counts, as OpenAI's API has it: seconds, or tokens. */
export type TranscriptUsage = DurationUsage | TokenUsage;

/** A language of the audio. */
export interface TranscriptLanguage {
  /** ISO 639-1. */
  readonly code: string;
}

/** All that an engine knows of a recording: every format of OpenAI's API is made from it. */
export interface Transcript {
  /** All of the text. */
  readonly text: string;
  /** The language of the audio, as the engine names it: a code or an English name. */
  readonly language?: string | undefined;
  /** The languages of the audio. */
  readonly languages?: readonly TranscriptLanguage[] | undefined;
  /** Seconds of audio. */
  readonly duration: number;
  /** In the order of time. */
  readonly segments?: readonly TranscriptSegment[] | undefined;
  /** In the order of time. */
  readonly words?: readonly TranscriptWord[] | undefined;
  /** Of the tokens of the text. */
  readonly logprobs?: readonly TranscriptLogprob[] | undefined;
  /** What was counted. */
  readonly usage?: TranscriptUsage | undefined;
}
