import { mapped } from '../async/leavable.js';
import { optionsOf, typeError, wholeNumber } from '../checks.js';
import { AudioLoader, type LoadSource } from '../load/index.js';
import type { AudioEngine } from './engine.js';
import { engineFor } from './engine_for.js';
import { eventFor } from './events.js';
import { checkParams, checkPlan, checkSpeech, checkSpeechOptions } from './options.js';
import { type Recorder, streamRecording, transcribeRecording } from './recording.js';
import type { OpenAIClient } from './server/sdk_channel.js';
import { speak } from './speech/speak.js';
import type { SpeechAudio } from './speech/speech_audio.js';
import { renderTranscript, type TranscriptFormat } from './transcript/render.js';
import type {
  AudioClientOptions,
  SpeechOptions,
  SpeechParams,
  TranscribeOptions,
  TranscribeParams,
  TranscriptionEvent,
  TranscriptionResults,
  TranslateParams,
  TranslationFormat,
} from './types.js';

/**
 * Text of any recording, and speech of any text, by a server that speaks OpenAI's audio API, or by an engine in this
 * process. It takes every source that `AudioLoader` takes, of any length: what the server does not take at once, it cuts
 * at quiet places, and the results are merged as if the server had heard all of it.
 *
 * It does nothing between calls. All of it runs on the event loop of its caller, but decoding and encoding, which run on
 * Cochlea's threads.
 *
 * @example
 * import OpenAI from 'openai';
 * import { AudioClient } from 'cochlea/openai';
 * const client = new AudioClient(new OpenAI({ baseURL: 'http://127.0.0.1:8000/v1' }));
 * const srt = await client.transcribe('lecture.wma', { model: 'whisper-1', response_format: 'srt' });
 */
export class AudioClient {
  readonly #recorder: Recorder;
  readonly #concurrency: number;

  /**
   * @param server The client of the package `openai` (6.4 or later), with its keys, retries and timeouts; or an engine.
   * @throws {TypeError} An option is of the wrong type, or unknown.
   * @throws {RangeError} A number is out of range.
   */
  constructor(server: OpenAIClient | AudioEngine, options: AudioClientOptions = {}) {
    const { loader, concurrency = 4, limits } = optionsOf('options', options, ['loader', 'concurrency', 'limits']);
    if (loader !== undefined && typeof loader?.open !== 'function') {
      throw typeError('options.loader', 'an AudioLoader', loader);
    }
    this.#recorder = {
      engine: engineFor(server, limits),
      loader: loader ?? new AudioLoader({ allowedRoot: '/' }),
    };
    this.#concurrency = wholeNumber('options.concurrency', concurrency, 1, 1000);
  }

  /**
   * The text of a recording, in a format of OpenAI's API.
   *
   * A file in a container that OpenAI takes, below both limits, is sent as it is. Everything else is sent as FLAC, mono at
   * 16 kHz, in parts that follow each other without gap or overlap. The language of the first part is that of all.
   *
   * @throws {TypeError | RangeError} The source, a field or an option is wrong (at the call).
   * @returns A promise that rejects with
   * - the errors of `AudioLoader.load`, if the source cannot be read or decoded;
   * - `ServiceFailedError`, `UnauthorizedError` or `BusyError`, if the server refuses, fails, or answers something else;
   * - `TranscriptPartialError`, if some parts failed: it holds the text of the others;
   * - `RequestInvalidError`, if the server does not give what the format needs;
   * - `AbortError`, at once, if `signal` aborts.
   */
  transcribe<Format extends TranscriptFormat = 'json'>(
    source: LoadSource,
    params: TranscribeParams<Format>,
    options: TranscribeOptions = {},
  ): Promise<TranscriptionResults[Format]> {
    const { format, speakers, request } = checkParams(params);
    const plan = checkPlan(options, this.#concurrency, speakers);
    const { needs } = request;
    return transcribeRecording(this.#recorder, { ...request, source, task: 'transcribe' }, plan).then(
      (transcript) => renderTranscript(transcript, format, { needs }) as TranscriptionResults[Format],
    );
  }

  /**
   * The text of a recording while the server works. A server that ignores `stream` gives each part as one event.
   *
   * @param params As for `transcribe`; the format is `json` or `diarized_json`.
   * @throws {TypeError | RangeError} A field or an option is wrong (at the call).
   * @returns Events as OpenAI sends them. Iterating throws as `transcribe` rejects, behind the text that came. Leaving the
   *   loop ends the requests.
   */
  transcribeStream(
    source: LoadSource,
    params: TranscribeParams<'json' | 'diarized_json'>,
    options: TranscribeOptions = {},
  ): AsyncGenerator<TranscriptionEvent, void, undefined> {
    const { speakers, request } = checkParams(params);
    const plan = checkPlan(options, this.#concurrency, speakers);
    return mapped(
      streamRecording(this.#recorder, { ...request, source, task: 'transcribe' }, plan),
      (event) => eventFor(event, request.needs) as TranscriptionEvent,
    );
  }

  /**
   * The text of a recording in English.
   *
   * @throws As `transcribe`.
   */
  translate<Format extends TranslationFormat = 'json'>(
    source: LoadSource,
    params: TranslateParams<Format>,
    options: TranscribeOptions = {},
  ): Promise<TranscriptionResults[Format]> {
    const { format, request } = checkParams(params as TranscribeParams<Format>);
    const plan = checkPlan(options, this.#concurrency, []);
    const { needs } = request;
    return transcribeRecording(this.#recorder, { ...request, source, task: 'translate' }, plan).then(
      (transcript) =>
        renderTranscript(transcript, format, { task: 'translate', needs }) as TranscriptionResults[Format],
    );
  }

  /**
   * Speaks a text. Resolves when the server begins to answer; the audio can be decoded while it arrives.
   *
   * @throws {TypeError | RangeError} A field or an option is wrong (at the call).
   * @returns A promise that rejects as that of `transcribe` does.
   */
  speech(params: SpeechParams, options: SpeechOptions = {}): Promise<SpeechAudio> {
    const checked = checkSpeech(params);
    const { signal, pcmSampleRate } = checkSpeechOptions(options);
    return speak(this.#recorder.engine, checked, pcmSampleRate, signal);
  }
}
