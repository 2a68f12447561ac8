import type { AudioSamples } from '../tensors/audio_samples.js';
import type { Transcript, TranscriptSegment } from '../transcript.js';
import type { TranscriptNeed } from './transcript/render.js';

/** A model, as `/v1/models` lists it. */
export interface EngineModel {
  /** Its name in requests. */
  readonly id: string;
  /** Whose it is. Default: `cochlea`. */
  readonly ownedBy?: string | undefined;
  /** Seconds since 1970. Default: 0. */
  readonly created?: number | undefined;
}

/** What is to be made of a stretch of audio. */
export interface EngineRequest {
  /** The name of the model. */
  readonly model: string;
  /** Code of the language of the audio. Default: the engine finds it. */
  readonly language?: string | undefined;
  /** Text that comes before the audio, or words to expect. */
  readonly prompt?: string | undefined;
  /** 0 … 1. */
  readonly temperature?: number | undefined;
  /** What the caller needs beside the text. */
  readonly needs: readonly TranscriptNeed[];
  /** Further fields of the request, by their names in OpenAI's API. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Aborts when nobody waits for the result. */
  readonly signal: AbortSignal;
}

/** What an engine says while it works. The transcript comes once, at the end. */
export type EngineEvent =
  | {
      /** More of the text. */
      readonly type: 'delta';
      /** With its blanks. */
      readonly text: string;
    }
  | {
      /** A stretch with its speaker. */
      readonly type: 'segment';
      /** Its times are from the start of the samples. */
      readonly segment: TranscriptSegment;
    }
  | {
      /** The end. */
      readonly type: 'transcript';
      /** All of it. */
      readonly transcript: Transcript;
    };

/** A format of speech in OpenAI's API. `pcm`: 16 bits, little-endian, mono, without a header. */
export type SpeechFormat = 'mp3' | 'opus' | 'aac' | 'flac' | 'wav' | 'pcm';

export const speechFormats = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] as const satisfies SpeechFormat[];

/** A voice: its name, or the id of a custom one. */
export type SpeechVoice =
  | string
  | {
      /** Of a custom voice. */
      readonly id: string;
    };

/** Text that is to be spoken. */
export interface EngineSpeechRequest {
  /** The name of the model. */
  readonly model: string;
  /** The text. */
  readonly input: string;
  /** A name, or what the engine takes as one. */
  readonly voice: SpeechVoice;
  /** The format that the client asked for. An engine may give another one, or samples: they are encoded again. */
  readonly format: SpeechFormat;
  /** 0.25 … 4. */
  readonly speed?: number | undefined;
  /** How to speak. */
  readonly instructions?: string | undefined;
  /** Whether the audio may come in events (`sse`); they are understood either way. */
  readonly streamFormat?: 'audio' | 'sse' | undefined;
  /** Aborts when nobody listens any more. */
  readonly signal: AbortSignal;
}

/** Spoken text: an encoded file while it arrives, or samples. */
export type EngineSpeech =
  | {
      /** Of the bytes. Default: that of the format that was asked for. */
      readonly mediaType?: string | undefined;
      /** Hz of PCM. Default: 24000. */
      readonly sampleRate?: number | undefined;
      /** An encoded file. */
      readonly bytes: AsyncIterable<Uint8Array>;
    }
  | {
      /** Chunks, which follow each other. */
      readonly samples: AsyncIterable<AudioSamples>;
    };

/**
 * Makes text of audio, and maybe audio of text: a server (`UpstreamEngine`), Whisper in this process (`TranscriberEngine` of
 * `cochlea/transcribe`), or your own. All
 * of its functions may be called at the same time. A `CochleaError` that they throw is told to the client; anything else
 * is `ERR_AUDIO_INTERNAL`.
 */
export interface AudioEngine {
  /** Its models; they are asked for each time that a client wants the list. */
  models(signal: AbortSignal): Promise<readonly EngineModel[]> | readonly EngineModel[];
  /** The longest audio that `transcribe` and `translate` take, in seconds. Longer recordings come in parts. */
  maxSeconds(model: string): number;
  /** The text of mono float32 samples at 16 kHz. Times are seconds from their start. */
  transcribe(audio: AudioSamples, request: EngineRequest): Promise<Transcript>;
  /** The same, while it works. Default: all of it at the end. */
  transcribeStream?(audio: AudioSamples, request: EngineRequest): AsyncIterable<EngineEvent>;
  /** The text in English. Default: a client is told that there is none. */
  translate?(audio: AudioSamples, request: EngineRequest): Promise<Transcript>;
  /** Speaks. Default: a client is told that there is none. */
  speech?(request: EngineSpeechRequest): Promise<EngineSpeech>;
}
