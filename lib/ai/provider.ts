import { optionsOf, typeError, wholeNumber } from '../checks.js';
import { AudioLoader } from '../load/index.js';
import type { AudioEngine, OpenAIClient, ServerLimits } from '../openai/index.js';
import { engineFor } from '../openai/inner.js';
import { SpeechModel } from './speech_model.js';
import { TranscriptionModel } from './transcription_model.js';
import type { CochleaSpeechModel, CochleaTranscriptionModel } from './types.js';

/** What is fixed where a provider is made. */
export interface CochleaProviderOptions {
  /** Who does it: an engine (`UpstreamEngine`, or your own), or a client of the package `openai`. */
  readonly engine: AudioEngine | OpenAIClient;
  /** Decodes the audio, and fetches addresses, within its limits. It stays yours. Default: one with the defaults. */
  readonly loader?: AudioLoader | undefined;
  /** What the server of a client of `openai` takes at once. */
  readonly limits?: Partial<ServerLimits> | undefined;
  /** Parts of a recording that are asked for at a time. Default: 4. */
  readonly concurrency?: number | undefined;
  /** The name of the provider. Default: `cochlea`. */
  readonly name?: string | undefined;
}

/** A provider of the AI SDK for audio of any kind and any length. */
export interface CochleaProvider {
  /** A model for `transcribe`. */
  transcription(modelId: string): CochleaTranscriptionModel;
  /** The same, by the name that registries of providers use. */
  transcriptionModel(modelId: string): CochleaTranscriptionModel;
  /** A model for `generateSpeech`. */
  speech(modelId: string): CochleaSpeechModel;
  /** The same, by the name that registries of providers use. */
  speechModel(modelId: string): CochleaSpeechModel;
}

/**
 * A provider of the AI SDK (`ai` 7): its `transcribe` then takes any audio that Cochlea decodes, of any length, and
 * addresses within the rules of a loader.
 *
 * @throws {TypeError | RangeError} An option is wrong.
 *
 * @example
 * import { createCochlea } from 'cochlea/ai';
 * import { UpstreamEngine } from 'cochlea/openai';
 * import { experimental_transcribe as transcribe } from 'ai';
 * const cochlea = createCochlea({ engine: new UpstreamEngine({ addresses: 'http://127.0.0.1:8000' }) });
 * const { text, segments } = await transcribe({ model: cochlea.transcription('whisper-1'), audio });
 */
export function createCochlea(given: CochleaProviderOptions): CochleaProvider {
  const names = ['engine', 'loader', 'limits', 'concurrency', 'name'];
  const { engine, loader, limits, concurrency = 4, name = 'cochlea' } = optionsOf('options', given, names);
  if (loader !== undefined && typeof loader?.open !== 'function') {
    throw typeError('options.loader', 'an AudioLoader', loader);
  }
  if (typeof name !== 'string' || name === '') throw typeError('options.name', 'a name', name);
  const setting = {
    name,
    recorder: { engine: engineFor(engine as AudioEngine, limits), loader: loader ?? new AudioLoader() },
    concurrency: wholeNumber('options.concurrency', concurrency, 1, 1000),
  };
  const transcription = (modelId: string) => new TranscriptionModel(modelId, setting);
  const speech = (modelId: string) => new SpeechModel(modelId, setting);
  return { transcription, transcriptionModel: transcription, speech, speechModel: speech };
}
