import { following } from '../../async/abort.js';
import { encode } from '../../encode/index.js';
import { ServiceFailedError } from '../../errors.js';
import type { AudioSamples } from '../../tensors/audio_samples.js';
import type { Transcript } from '../../transcript.js';
import type {
  AudioEngine,
  EngineEvent,
  EngineModel,
  EngineRequest,
  EngineSpeech,
  EngineSpeechRequest,
} from '../engine.js';
import { transcriptFrom } from './answer.js';
import { cutShort, textOf } from './body.js';
import type { Answer, Channel, UploadedFile } from './channel.js';
import { nonsense, saying } from './failure.js';
import { formBytes, mostSeconds, type ServerLimits, secondsOf } from './limits.js';
import { streamFrom } from './stream.js';

type Route = '/audio/transcriptions' | '/audio/translations';

/** Statuses of servers that do not list their models: they have no such route, or a page there. */
const hasNoList = [200, 404, 405];

/** A server that speaks OpenAI's API, or one of its dialects, as an engine. Samples are sent as FLAC. */
export class ServerEngine implements AudioEngine {
  readonly #channel: Channel;
  readonly #limits: ServerLimits;

  constructor(channel: Channel, limits: ServerLimits) {
    this.#channel = channel;
    this.#limits = limits;
  }

  maxSeconds(model: string): number {
    return secondsOf(model, this.#limits);
  }

  async models(signal: AbortSignal): Promise<readonly EngineModel[]> {
    try {
      const answer = await this.#channel.models(signal);
      return modelsFrom(answer.server, await textOf(answer));
    } catch (error) {
      if (error instanceof ServiceFailedError && hasNoList.includes(error.status ?? 0)) return [];
      throw error;
    }
  }

  /** @internal What a file may have to be sent as it is. */
  fileLimits(model: string): { readonly bytes: number; readonly seconds: number } {
    return { bytes: this.#limits.bytes - formBytes, seconds: mostSeconds(model, this.#limits) };
  }

  transcribe(audio: AudioSamples, request: EngineRequest): Promise<Transcript> {
    return this.#whole('/audio/transcriptions', audio, secondsIn(audio), request);
  }

  translate(audio: AudioSamples, request: EngineRequest): Promise<Transcript> {
    return this.#whole('/audio/translations', audio, secondsIn(audio), request);
  }

  transcribeStream(audio: AudioSamples, request: EngineRequest): AsyncGenerator<EngineEvent, void> {
    return this.#stream(audio, secondsIn(audio), request);
  }

  /** @internal The same of a file. `seconds`: the exact length of its audio. */
  transcribeFile(file: UploadedFile, seconds: number, request: EngineRequest): Promise<Transcript> {
    return this.#whole('/audio/transcriptions', file, seconds, request);
  }

  /** @internal */
  translateFile(file: UploadedFile, seconds: number, request: EngineRequest): Promise<Transcript> {
    return this.#whole('/audio/translations', file, seconds, request);
  }

  /** @internal */
  streamFile(file: UploadedFile, seconds: number, request: EngineRequest): AsyncGenerator<EngineEvent, void> {
    return this.#stream(file, seconds, request);
  }

  async speech(request: EngineSpeechRequest): Promise<EngineSpeech> {
    const { format, streamFormat, signal, ...rest } = request;
    const fields = { ...rest, response_format: format, stream_format: streamFormat };
    // The SDK and Node leave listeners on it until the answer is read.
    const own = following(signal);
    try {
      const answer = await this.#channel.speech(fields, own.signal);
      const { server, contentType, sampleRate } = answer;
      if (/^(application\/json|text\/html)/.test(contentType)) {
        const { message } = saying(await textOf(answer));
        throw nonsense(server, message === '' ? 'something else than speech' : `without speech: ${message}`);
      }
      return { mediaType: contentType, sampleRate, bytes: spoken(answer, own.release) };
    } catch (error) {
      own.release();
      throw error;
    }
  }

  async #whole(
    route: Route,
    audio: AudioSamples | UploadedFile,
    seconds: number,
    request: EngineRequest,
  ): Promise<Transcript> {
    const file = await fileOf(audio, request.signal);
    const answer = await this.#channel.upload(route, { file, fields: fieldsOf(request) }, request.signal);
    return transcriptFrom(answer.server, await textOf(answer), seconds, answer.contentType);
  }

  async *#stream(
    audio: AudioSamples | UploadedFile,
    seconds: number,
    request: EngineRequest,
  ): AsyncGenerator<EngineEvent, void> {
    const file = await fileOf(audio, request.signal);
    const fields = { ...fieldsOf(request), stream: true };
    yield* streamFrom(await this.#channel.upload('/audio/transcriptions', { file, fields }, request.signal), seconds);
  }
}

/** What is asked for: the least that has all that is needed. Not every model knows the larger formats. */
function fieldsOf({ model, language, prompt, temperature, needs, fields }: EngineRequest): Record<string, unknown> {
  const times = [needs.includes('words') && 'word', needs.includes('segments') && 'segment'].filter(Boolean);
  const format = needs.includes('speakers') ? 'diarized_json' : times.length > 0 ? 'verbose_json' : 'json';
  return {
    ...fields,
    model,
    language,
    prompt,
    temperature,
    response_format: format,
    timestamp_granularities: times.length > 0 ? times : undefined,
    include: needs.includes('logprobs') ? ['logprobs'] : undefined,
  };
}

/**
 * The bytes of spoken text. Runs `ended` when nobody reads any further.
 *
 * @throws {ServiceFailedError} There are none, or they end early.
 */
async function* spoken(answer: Answer, ended: () => void): AsyncGenerator<Uint8Array, void> {
  let length = 0;
  try {
    for await (const bytes of answer.body) {
      length += bytes.length;
      yield bytes;
    }
    if (length === 0) throw nonsense(answer.server, 'nothing');
  } catch (error) {
    throw error instanceof ServiceFailedError ? error : cutShort(answer.server, error);
  } finally {
    ended();
  }
}

function secondsIn({ data, channels = 1, sampleRate }: AudioSamples): number {
  return data.length / channels / sampleRate;
}

async function fileOf(audio: AudioSamples | UploadedFile, signal: AbortSignal): Promise<UploadedFile> {
  if ('bytes' in audio) return audio;
  const bytes = await encode(audio, { format: 'flac', bitDepth: 16, signal });
  return { bytes, name: 'audio.flac', mediaType: 'audio/flac' };
}

/** @throws {ServiceFailedError} It is no list of models. */
function modelsFrom(server: string, text: string): readonly EngineModel[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw nonsense(server, 'something else than a list of models');
  }
  // OpenAI: `{data: [...]}`; some servers: the list itself, or a list of names.
  const { data = value } = (value ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) throw nonsense(server, 'something else than a list of models');
  return data.flatMap((item): EngineModel[] => {
    if (typeof item === 'string') return [{ id: item }];
    const { id, owned_by, created } = (item ?? {}) as Record<string, unknown>;
    if (typeof id !== 'string') return [];
    return [
      {
        id,
        ...(typeof owned_by === 'string' && { ownedBy: owned_by }),
        ...(typeof created === 'number' && { created }),
      },
    ];
  });
}
