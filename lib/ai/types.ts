/**
 * The interfaces of models of the AI SDK (`@ai-sdk/provider` 4, specification v4), as far as they concern audio. They are
 * written here, so that nothing of the AI SDK is needed to compile or run; a test holds them against the originals.
 */

/** Something that the caller asked for and did not get. */
export interface AiWarning {
  /** Its kind. */
  readonly type: 'other';
  /** What it is. */
  readonly message: string;
}

/** Options of this provider in a call, as `providerOptions.cochlea`. */
export interface CochleaAiOptions {
  /** ISO 639-1. Default: the engine finds it. */
  readonly language?: string | undefined;
  /** Text that comes before the audio, or words to expect. */
  readonly prompt?: string | undefined;
  /** 0 … 1. */
  readonly temperature?: number | undefined;
  /** To English. Default: false. */
  readonly translate?: boolean | undefined;
}

/** What all calls may have. */
export interface AiCallOptions {
  /** Options of providers by their names: `cochlea` is ours. */
  readonly providerOptions?: Readonly<Record<string, object>> | undefined;
  /** Aborts the call. */
  readonly abortSignal?: AbortSignal | undefined;
  /** Not used: the engine has its own. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A stretch of text and its time. */
export interface AiTimedText {
  /** The text. */
  readonly text: string;
  /** Seconds from the start of the audio. */
  readonly startSecond: number;
  /** Seconds from the start of the audio. */
  readonly endSecond: number;
}

/** What the result says of the call. */
export interface AiResponse {
  /** When the call began. */
  readonly timestamp: Date;
  /** The model. */
  readonly modelId: string;
}

/** A transcript, as the AI SDK has it. */
export interface AiTranscript {
  /** All of the text. */
  readonly text: string;
  /** Empty, if the engine gives no times. */
  readonly segments: AiTimedText[];
  /** If they were asked for, and the engine gives them. */
  readonly words?: AiTimedText[];
  /** ISO 639-1, if it is known. */
  readonly language: string | undefined;
  /** The exact length of the audio. */
  readonly durationInSeconds: number | undefined;
  /** What was asked for and is not there. */
  readonly warnings: AiWarning[];
  /** Of the call. */
  readonly response: AiResponse;
}

/** The stream begins. */
export interface AiStreamStart {
  /** Of the part. */
  readonly type: 'stream-start';
  /** What was asked for and will not be there. */
  readonly warnings: AiWarning[];
}

/** More of the text. */
export interface AiTranscriptDelta {
  /** Of the part. */
  readonly type: 'transcript-delta';
  /** With its blanks: all of them together are the text. */
  readonly delta: string;
}

/** All of it. */
export interface AiTranscriptFinish {
  /** Of the part. */
  readonly type: 'finish';
  /** All of the text. */
  readonly text: string;
  /** Empty, if the engine gives no times. */
  readonly segments: AiTimedText[];
  /** ISO 639-1, if it is known. */
  readonly language?: string;
  /** The exact length of the audio. */
  readonly durationInSeconds?: number;
}

/** It failed. */
export interface AiTranscriptError {
  /** Of the part. */
  readonly type: 'error';
  /** Why. */
  readonly error: unknown;
}

/** What comes while a recording is transcribed. */
export type AiTranscriptPart = AiStreamStart | AiTranscriptDelta | AiTranscriptFinish | AiTranscriptError;

/** Parts while they come. */
export interface AiTranscriptStream {
  /** Ends with `finish` or `error`. */
  readonly stream: ReadableStream<AiTranscriptPart>;
}

/** Speech, as the AI SDK has it. */
export interface AiSpeech {
  /** An encoded file. */
  readonly audio: Uint8Array;
  /** What was asked for and is not there. */
  readonly warnings: AiWarning[];
  /** Of the call. */
  readonly response: AiResponse;
}

/** A model that writes down what is said, as the AI SDK's `transcribe` takes it. */
export interface CochleaTranscriptionModel {
  /** Of the interface. */
  readonly specificationVersion: 'v4';
  /** The name of the provider. */
  readonly provider: string;
  /** The name of the model. */
  readonly modelId: string;
  /** Of bytes, or base64. */
  doGenerate(
    options: AiCallOptions & {
      readonly audio: Uint8Array | string;
      readonly mediaType: string;
      readonly timestampGranularities?: readonly string[] | undefined;
    },
  ): Promise<AiTranscript>;
  /** Of an address, which the loader fetches within its rules. */
  doGenerateFromUrl(
    options: AiCallOptions & { readonly audio: URL; readonly timestampGranularities?: readonly string[] | undefined },
  ): Promise<AiTranscript>;
  /** Of bytes that arrive. The audio is decoded when all of it is there. */
  doStream(
    options: AiCallOptions & {
      readonly audio: ReadableStream<Uint8Array | string>;
      readonly inputAudioFormat: { readonly type: string; readonly rate?: number | undefined };
    },
  ): Promise<AiTranscriptStream>;
}

/** A model that speaks, as the AI SDK's `generateSpeech` takes it. */
export interface CochleaSpeechModel {
  /** Of the interface. */
  readonly specificationVersion: 'v4';
  /** The name of the provider. */
  readonly provider: string;
  /** The name of the model. */
  readonly modelId: string;
  /** Speaks a text. */
  doGenerate(
    options: AiCallOptions & {
      readonly text: string;
      readonly voice?: string | undefined;
      readonly outputFormat?: string | undefined;
      readonly instructions?: string | undefined;
      readonly speed?: number | undefined;
      readonly language?: string | undefined;
    },
  ): Promise<AiSpeech>;
}
