import type { AudioLoader } from '../load/index.js';
import type { Damage } from '../media_info.js';
import type {
  DurationUsage,
  TokenUsage,
  Transcript,
  TranscriptLanguage,
  TranscriptLogprob,
  TranscriptUsage,
  TranscriptWord,
} from '../transcript.js';
import type { SpeechFormat, SpeechVoice } from './engine.js';
import type { ServerLimits } from './server/limits.js';
import type { TranscriptFormat } from './transcript/render.js';
import type { TranscriptionSegment } from './transcript/verbose.js';

/** What is fixed where a client is made. */
export interface AudioClientOptions {
  /** Reads and decodes the sources, within its own limits. It stays yours. Default: one that reads files and addresses. */
  readonly loader?: AudioLoader | undefined;
  /** Parts of a recording that are asked for at a time. Default: 4. */
  readonly concurrency?: number | undefined;
  /** What the server takes at once. */
  readonly limits?: Partial<ServerLimits> | undefined;
}

/** What is to be made of a recording: the fields of OpenAI's API, without `file` and `stream`. */
export interface TranscribeParams<Format extends TranscriptFormat = TranscriptFormat> {
  /** The name of the model. */
  readonly model: string;
  /** What the result is. Default: `json`. */
  readonly response_format?: Format | undefined;
  /** ISO 639-1. Default: the server finds it in the first part. */
  readonly language?: string | undefined;
  /** Text that comes before the audio, or words to expect. */
  readonly prompt?: string | undefined;
  /** 0 … 1. */
  readonly temperature?: number | undefined;
  /** Times that `verbose_json` has. Default: those of segments. */
  readonly timestamp_granularities?: readonly ('word' | 'segment')[] | undefined;
  /** `logprobs`, with `json` only. */
  readonly include?: readonly 'logprobs'[] | undefined;
  /** How the server cuts the audio: `auto`, or an object. Models that tell speakers apart need it above 30 s. */
  readonly chunking_strategy?: 'auto' | Readonly<Record<string, unknown>> | undefined;
  /** Up to four speakers, who are the same in all parts. */
  readonly known_speaker_names?: readonly string[] | undefined;
  /** Their voices, as data URLs. */
  readonly known_speaker_references?: readonly string[] | undefined;
  /** Words to expect. */
  readonly keywords?: readonly string[] | undefined;
  /** Languages to expect. */
  readonly languages?: readonly string[] | undefined;
}

/** What is to be made of a recording: the fields of OpenAI's API, without `file`. The result is English. */
export interface TranslateParams<Format extends TranslationFormat = TranslationFormat>
  extends Pick<TranscribeParams, 'model' | 'prompt' | 'temperature'> {
  /** What the result is. Default: `json`. */
  readonly response_format?: Format | undefined;
}

/** The formats of a translation. */
export type TranslationFormat = Exclude<TranscriptFormat, 'diarized_json'>;

/** What a call may choose. */
export interface TranscribeOptions {
  /** Aborts the call: it rejects with an `AbortError`, and its requests end. */
  readonly signal?: AbortSignal | undefined;
  /** Gives each part the end of the text before it as its prompt. The parts are then done one by one. Default: false. */
  readonly chain?: boolean | undefined;
  /**
   * What becomes of the other parts when one has failed for good. Either way the call rejects with an error that holds
   * what succeeded. Default: `finish`.
   */
  readonly onPartError?: 'finish' | 'abort' | undefined;
  /**
   * Gives the transcript of a part that was done before, as `onProgress` had it: to go on after an interruption. The parts
   * of the same source and options are the same. Not for streams. Default: none was done.
   */
  readonly known?: ((part: Omit<TranscribeProgress, 'transcript'>) => Transcript | undefined) | undefined;
  /** Called for each part that is done. What it throws, or `known`, ends the call. */
  readonly onProgress?: ((progress: TranscribeProgress) => void) | undefined;
  /**
   * Called once, if the audio was damaged, when all of it is decoded: the text lacks what could not be. A loader with
   * `onDamage: 'error'` refuses such audio. Default: nobody is told.
   */
  readonly onDamage?: ((damage: Damage) => void) | undefined;
}

/** A part that is done. */
export interface TranscribeProgress {
  /** Which part, from 0, in the order of time. */
  readonly index: number;
  /** Where it begins, in seconds. */
  readonly start: number;
  /** Its length, in seconds. */
  readonly seconds: number;
  /** Its text and times, from its start. */
  readonly transcript: Transcript;
}

/** `json`. */
export interface TranscriptionJson {
  /** All of the text. */
  readonly text: string;
  /** Of the audio, from models that find several. */
  readonly languages?: TranscriptLanguage[];
  /** If they were asked for. */
  readonly logprobs?: TranscriptLogprob[];
  /** What the server counted; of all parts. */
  readonly usage?: TranscriptUsage;
}

/** `verbose_json`. */
export interface TranscriptionVerboseJson {
  /** `transcribe` or `translate`. */
  readonly task: string;
  /** As the server names it. */
  readonly language: string;
  /** The exact length of the audio, in seconds. */
  readonly duration: number;
  /** All of the text. */
  readonly text: string;
  /** If they were asked for. */
  readonly segments?: TranscriptionSegment[];
  /** If they were asked for. */
  readonly words?: TranscriptWord[];
  /** The seconds that the server counted; of all parts. Tokens have no place in this format of OpenAI's. */
  readonly usage?: DurationUsage;
}

/** What a speaker says. */
export interface DiarizedSegment {
  /** Of the event that a stream has of it. */
  readonly type: 'transcript.text.segment';
  /** Different for each. */
  readonly id: string;
  /** Seconds from the start of the audio. */
  readonly start: number;
  /** Seconds from the start of the audio. */
  readonly end: number;
  /** What is said. */
  readonly text: string;
  /**
   * Who speaks. In recordings of several parts only known speakers are the same: `A` of the second part is `2:A`.
   */
  readonly speaker: string;
}

/** `diarized_json`. */
export interface TranscriptionDiarizedJson {
  /** Always `transcribe`. */
  readonly task: 'transcribe';
  /** The exact length of the audio, in seconds. */
  readonly duration: number;
  /** All of the text. */
  readonly text: string;
  /** Who says what. */
  readonly segments: DiarizedSegment[];
  /** What the server counted; of all parts. */
  readonly usage?: TranscriptUsage;
}

/** The result of each format. */
export interface TranscriptionResults {
  /** The text. */
  json: TranscriptionJson;
  /** The text alone. */
  text: string;
  /** SubRip subtitles. */
  srt: string;
  /** The text, with times. */
  verbose_json: TranscriptionVerboseJson;
  /** WebVTT subtitles. */
  vtt: string;
  /** The text, with speakers. */
  diarized_json: TranscriptionDiarizedJson;
}

/** More of the text. */
export interface TranscriptionDelta {
  /** Of the event. */
  readonly type: 'transcript.text.delta';
  /** With its blanks: all of them together are the text. */
  readonly delta: string;
}

/** The end. */
export interface TranscriptionDone extends Omit<TranscriptionJson, 'usage'> {
  /** Of the event. */
  readonly type: 'transcript.text.done';
  /** The tokens that the server counted; of all parts. Seconds have no place in OpenAI's event. */
  readonly usage?: TokenUsage;
}

/** What comes while a recording is transcribed. */
export type TranscriptionEvent = TranscriptionDelta | DiarizedSegment | TranscriptionDone;

/** Text that is to be spoken: the fields of OpenAI's API. */
export interface SpeechParams {
  /** The name of the model. */
  readonly model: string;
  /** The text; OpenAI takes up to 4096 characters. */
  readonly input: string;
  /** A name, or the id of a custom voice. */
  readonly voice: SpeechVoice;
  /** Default: `mp3`. */
  readonly response_format?: SpeechFormat | undefined;
  /** 0.25 … 4. Default: 1. */
  readonly speed?: number | undefined;
  /** How to speak. */
  readonly instructions?: string | undefined;
  /** `sse`: the audio comes in events. It is the same to the reader. Default: `audio`. */
  readonly stream_format?: 'audio' | 'sse' | undefined;
}

/** What a call of `speech` may choose. */
export interface SpeechOptions {
  /** Aborts the request, and ends the reading of its answer. */
  readonly signal?: AbortSignal | undefined;
  /** Hz of `pcm` from a server that does not say it in its answer. Default: 24000, which is OpenAI's. */
  readonly pcmSampleRate?: number | undefined;
}
