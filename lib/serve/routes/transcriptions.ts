import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AudioLoader, LoadSource } from '../../load/index.js';
import { damageWarnings } from '../../load/inner.js';
import type { AudioEngine, Damage, EngineEvent, TranscriptFormat } from '../../openai/index.js';
import {
  eventFor,
  needsOf,
  type Recorder,
  type RecordingRequest,
  renderTranscript,
  streamRecording,
  transcribeRecording,
  transcriptFormats,
} from '../../openai/inner.js';
import { begun, eventText } from '../http/begun.js';
import type { Desk } from '../http/desk.js';
import { bodyOf, failureOf } from '../http/failure.js';
import { idOf } from '../http/request_id.js';
import type { Slot } from '../http/slot.js';
import type { ObjectSchema, Properties } from '../schema/index.js';
import { clipBody, clipOf, closed, invalid } from './clip.js';
import { describe, objectOf } from './describe.js';

/** Parts of one recording that the engine works on at a time: other requests want it, too. */
const partsAtATime = 2;

const translating = {
  model: { type: 'string', minLength: 1 },
  prompt: { type: 'string', description: 'Text that comes before the audio, or words to expect.' },
  temperature: { type: 'number', minimum: 0, maximum: 1 },
} as const satisfies Properties;
const translations = {
  ...closed,
  properties: {
    ...translating,
    response_format: { enum: ['json', 'text', 'srt', 'verbose_json', 'vtt'], description: 'Default: json.' },
  },
  required: ['model'],
} as const satisfies ObjectSchema;
const texts = { type: 'array', items: { type: 'string' }, description: 'Goes to the engine.' } as const;
const transcriptions = {
  ...closed,
  properties: {
    ...translating,
    response_format: { enum: transcriptFormats, description: 'Default: json.' },
    language: { type: 'string', description: 'ISO 639-1. Default: the engine finds it.' },
    timestamp_granularities: {
      type: 'array',
      items: { enum: ['word', 'segment'] },
      minItems: 1,
      description: 'With verbose_json. Default: segment.',
    },
    include: { type: 'array', items: { enum: ['logprobs'] }, minItems: 1, description: 'With json.' },
    stream: { type: 'boolean', description: 'Events while the engine works. With json and diarized_json.' },
    chunking_strategy: { type: 'string', description: 'Goes to the engine.' },
    known_speaker_names: texts,
    known_speaker_references: texts,
    keywords: texts,
    languages: texts,
  },
  required: ['model'],
} as const satisfies ObjectSchema;

interface Asked {
  readonly source: LoadSource;
  readonly format: TranscriptFormat;
  readonly stream: boolean;
  readonly speakers: readonly string[];
  readonly request: RecordingRequest;
}

/** `POST /v1/audio/transcriptions` and `/v1/audio/translations`, as OpenAI has them, for any audio of any length. */
export function addTranscriptions(
  app: FastifyInstance,
  desk: Desk,
  slot: Slot<AudioEngine>,
  loader: AudioLoader,
): void {
  const config = { errorForm: 'openai' } as const;
  const types = ['text/plain', 'text/vtt', 'text/event-stream'];
  const description =
    'Any audio of any length: it is cut at quiet places where the engine does not take it at once. The body is a form, the audio itself, or JSON.';
  const json = objectOf({ text: { type: 'string' } });
  const common = {
    description,
    answer: 'The text, in the format that was asked for.',
    types,
    json,
    errors: 'openai',
  } as const;
  const route = (task: 'transcribe' | 'translate') => async (request: FastifyRequest, reply: FastifyReply) => {
    const asked = task === 'transcribe' ? transcriptionOf(request) : translationOf(request);
    return answer(desk, { engine: slot.ready, loader }, asked, request, reply);
  };
  const transcribe = {
    ...common,
    summary: 'Text of any audio',
    body: clipBody(transcriptions),
    querystring: { ...closed, properties: transcriptions.properties },
  };
  app.post('/v1/audio/transcriptions', { schema: describe(transcribe), config }, route('transcribe'));
  const translate = {
    ...common,
    summary: 'English text of any audio',
    body: clipBody(translations),
    querystring: { ...closed, properties: translations.properties },
  };
  app.post('/v1/audio/translations', { schema: describe(translate), config }, route('translate'));
}

/** @throws {RequestInvalidError} */
function transcriptionOf(request: FastifyRequest): Asked {
  const { source, parameters } = clipOf(request, transcriptions);
  const {
    response_format: format = 'json',
    timestamp_granularities: granularities,
    include,
    stream = false,
    ...rest
  } = parameters;
  if (granularities && format !== 'verbose_json') throw invalid('timestamp_granularities goes with verbose_json');
  if (include && format !== 'json') throw invalid('include goes with json');
  if (stream && format !== 'json' && format !== 'diarized_json')
    throw invalid('stream goes with json and diarized_json');
  const { model, prompt, temperature, language, ...fields } = rest;
  const needs = needsOf(format, granularities, include);
  return {
    source,
    format,
    stream,
    speakers: rest.known_speaker_names ?? [],
    request: { source, task: 'transcribe', model, prompt, temperature, language, needs, fields },
  };
}

/** @throws {RequestInvalidError} */
function translationOf(request: FastifyRequest): Asked {
  const { source, parameters } = clipOf(request, translations);
  const { response_format: format = 'json', model, prompt, temperature } = parameters;
  const needs = needsOf(format);
  const fields = {};
  return {
    source,
    format,
    stream: false,
    speakers: [],
    request: { source, task: 'translate', model, prompt, temperature, needs, fields },
  };
}

async function answer(
  desk: Desk,
  recorder: Recorder,
  asked: Asked,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { format, stream, speakers, request: wanted } = asked;
  const signal = await desk.turn(request);
  const call = desk.callOf(request);
  const plan = {
    signal,
    concurrency: partsAtATime,
    chain: false,
    onPartError: 'abort',
    speakers,
    known: () => undefined,
    // Headers hold it, unless the answer has begun: the log does, in any case.
    onDamage: (damage: Damage) => {
      const warnings = damageWarnings(damage);
      request.log.warn({ warnings }, 'the audio is damaged');
      if (!reply.raw.headersSent) reply.header('x-audio-warnings', JSON.stringify(warnings));
    },
    onPart: () => call.renew(),
  } as const;
  if (stream) {
    const events = await begun(streamRecording(recorder, wanted, plan));
    const failed = (thrown: unknown): object => {
      request.log.error({ err: thrown }, 'request failed');
      return bodyOf(failureOf(desk.reason(request, thrown)), 'openai', idOf(request));
    };
    reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-cache');
    return reply.send(Readable.from(sent(events, wanted, failed)));
  }
  const { task, needs } = wanted;
  const result = renderTranscript(await transcribeRecording(recorder, wanted, plan), format, { task, needs });
  if (typeof result !== 'string') return reply.send(result);
  reply.type(`text/${format === 'vtt' ? 'vtt' : 'plain'}; charset=utf-8`);
  return reply.send(format === 'text' ? `${result}\n` : result);
}

/** As server-sent events. What fails behind the first one can only be said in the stream: SDKs throw it. */
async function* sent(
  events: AsyncIterable<EngineEvent>,
  { needs }: RecordingRequest,
  failed: (thrown: unknown) => object,
): AsyncGenerator<string, void> {
  try {
    for await (const event of events) yield eventText(eventFor(event, needs));
  } catch (thrown) {
    yield eventText(failed(thrown));
  }
}
