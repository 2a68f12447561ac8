import { shown } from '../checks.js';
import { RequestInvalidError } from '../errors.js';
import type { AudioEngine, EngineEvent, EngineModel, EngineRequest } from '../openai/index.js';
import type { AudioSamples } from '../tensors/audio_samples.js';
import type { Transcript } from '../transcript.js';
import type { Transcriber } from './transcriber.js';
import { temperatureOf, transcriptOf } from './transcript.js';
import type { TranscribeOptions, TranscriptionSegment } from './types.js';

/** Longer recordings come in parts, which are decoded together. */
const longestPart = 600;

/** What clients of OpenAI ask for, if nobody tells them otherwise. */
const usualName = 'whisper-1';

/**
 * A transcriber as the engine of a gateway, of an `AudioClient` and of the AI SDK. It stays the caller's to close.
 *
 * @example
 * await using transcriber = await Transcriber.load('models/whisper-base');
 * const client = new AudioClient(new TranscriberEngine(transcriber, 'whisper-base'));
 * const srt = await client.transcribe('lecture.wma', { model: 'whisper-base', response_format: 'srt' });
 */
export class TranscriberEngine implements AudioEngine {
  readonly #transcriber: Transcriber;
  readonly #model: string;

  /** `model`: its name in requests. `whisper-1`, OpenAI's name, means it, too; any other name is refused. */
  constructor(transcriber: Transcriber, model: string) {
    this.#transcriber = transcriber;
    this.#model = model;
  }

  /** One. */
  models(): readonly EngineModel[] {
    return [{ id: this.#model }];
  }

  /** Ten minutes. */
  maxSeconds(): number {
    return longestPart;
  }

  /**
   * The text.
   *
   * @returns A promise that rejects as that of `Transcriber.transcribe`, and with `RequestInvalidError` for another model,
   *   or a language that this one does not know.
   */
  async transcribe(audio: AudioSamples, request: EngineRequest): Promise<Transcript> {
    return this.#text(audio, request, 'transcribe');
  }

  /** The text in English, of a multilingual model. Rejects as `transcribe`. */
  async translate(audio: AudioSamples, request: EngineRequest): Promise<Transcript> {
    return this.#text(audio, request, 'translate');
  }

  /** The text of each segment as a delta, and then the transcript. Throws as `transcribe` rejects. */
  async *transcribeStream(audio: AudioSamples, request: EngineRequest): AsyncGenerator<EngineEvent, void, undefined> {
    this.#checkModel(request);
    const { signal, needs } = request;
    const given = optionsOf(request, 'transcribe');
    const language = given.language ?? (await this.#transcriber.detectLanguage(audio, { signal })).language;
    const options = { ...given, language };
    const segments: TranscriptionSegment[] = [];
    for await (const segment of asked(() => this.#transcriber.transcribeStream(audio, options))) {
      segments.push(segment);
      yield { type: 'delta', text: segment.text };
    }
    const text = segments.map((segment) => segment.text).join('');
    const words = segments.flatMap((segment) => segment.words ?? []);
    const duration = audio.data.length / audio.sampleRate;
    yield { type: 'transcript', transcript: transcriptOf({ text, language, duration, segments, words }, needs) };
  }

  async #text(audio: AudioSamples, request: EngineRequest, task: 'transcribe' | 'translate'): Promise<Transcript> {
    this.#checkModel(request);
    const options = optionsOf(request, task);
    return transcriptOf(await asked(() => this.#transcriber.transcribe(audio, options)), request.needs);
  }

  #checkModel({ model }: EngineRequest): void {
    if (model === this.#model || model === usualName) return;
    throw new RequestInvalidError(
      'ERR_REQUEST_INVALID',
      `model must be ${shown(this.#model)}, the one that is here, or ${usualName}; got ${shown(model)}`,
    );
  }
}

/**
 * Of several `languages` the model finds the one. Pauses are found without a `chunking_strategy`.
 *
 * @throws {RequestInvalidError} What was asked for would be lost.
 */
function optionsOf(
  { language, prompt, temperature, needs, fields, signal }: EngineRequest,
  task: 'transcribe' | 'translate',
): TranscribeOptions {
  const languages = textsIn(fields, 'languages');
  if (['known_speaker_names', 'known_speaker_references'].some((name) => textsIn(fields, name).length > 0)) {
    throw new RequestInvalidError(
      'ERR_REQUEST_INVALID',
      'the model tells no speakers apart: leave out known_speaker_…',
    );
  }
  return {
    language: language ?? (languages.length === 1 ? languages[0] : undefined),
    prompt,
    hotwords: textsIn(fields, 'keywords').join(', '),
    task,
    signal,
    ...temperatureOf(temperature),
    timestamps: needs.includes('words') ? 'word' : 'segment',
  };
}

function textsIn(fields: EngineRequest['fields'], name: string): readonly string[] {
  const value = fields[name] ?? [];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw new RequestInvalidError('ERR_REQUEST_INVALID', `${name} must be a list of strings`);
}

/** What the transcriber refuses at the call, such as a language, is the client's to change. */
function asked<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw new RequestInvalidError('ERR_REQUEST_INVALID', cause.message.replace(/^options\./, ''), { cause });
  }
}
