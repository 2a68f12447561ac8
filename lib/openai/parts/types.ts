import type { AudioChunk } from '../../decode/index.js';
import type { Damage } from '../../media_info.js';
import type { Transcript } from '../../transcript.js';
import type { EngineEvent } from '../engine.js';
import type { UploadedFile } from '../server/channel.js';

/** A stretch of a recording. */
export interface Part {
  /** From 0. */
  readonly index: number;
  /** Where it begins, in seconds. */
  readonly start: number;
  /** Its exact length. */
  readonly seconds: number;
  /** Mono at 16 kHz, or the source as it is, if a server takes it so. */
  readonly audio: AudioChunk | UploadedFile;
}

/** What a part gets from those before it. */
export interface PartContext {
  readonly language: string | undefined;
  readonly prompt: string | undefined;
  readonly signal: AbortSignal;
}

/** Asks for the text of a part. */
export type AskPart = (part: Part, context: PartContext) => Promise<Transcript>;

/** The same, while the engine works. */
export type StreamPart = (part: Part, context: PartContext) => AsyncIterable<EngineEvent>;

/** How the parts of a recording are worked on. */
export interface PartsPlan {
  readonly signal: AbortSignal;
  /** The language, if the caller knows it. */
  readonly language: string | undefined;
  /** What the caller says of the audio. */
  readonly prompt: string | undefined;
  /** Parts that are asked for at a time. */
  readonly concurrency: number;
  /** Whether each part gets the end of the text before it, and so waits for it. */
  readonly chain: boolean;
  /** Whether the other parts go on when one has failed. */
  readonly onPartError: 'finish' | 'abort';
  /** Names of speakers that are the same in all parts. */
  readonly speakers: readonly string[];
  /** The transcript of a part that was done before; `undefined` if it was not. */
  readonly known: (part: Part) => Transcript | undefined;
  /** Called once, if the audio was damaged, when all of it is decoded. */
  readonly onDamage: (damage: Damage) => void;
  /** Called for each part that is done. */
  readonly onPart: (part: Part, transcript: Transcript) => void;
}
