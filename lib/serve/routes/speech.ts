import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { AudioEngine } from '../../openai/index.js';
import { askToSpeak, servedSpeech, speechFormats, speechTypes } from '../../openai/inner.js';
import { begun, eventText } from '../http/begun.js';
import { RawBody } from '../http/body.js';
import type { Desk } from '../http/desk.js';
import { FormBody } from '../http/form.js';
import type { Slot } from '../http/slot.js';
import { checked, type ObjectSchema } from '../schema/index.js';
import { closed, invalid, wrongType } from './clip.js';
import { describe } from './describe.js';

const parameters = {
  ...closed,
  properties: {
    model: { type: 'string', minLength: 1 },
    input: { type: 'string', minLength: 1, maxLength: 4096, description: 'The text.' },
    voice: {
      anyOf: [
        { type: 'string', minLength: 1 },
        { ...closed, properties: { id: { type: 'string' } }, required: ['id'] },
      ],
    },
    response_format: {
      enum: speechFormats,
      description: 'Default: mp3. pcm: 24 kHz, 16 bits, little-endian, mono.',
    },
    speed: { type: 'number', minimum: 0.25, maximum: 4 },
    instructions: { type: 'string', description: 'How to speak.' },
    stream_format: { enum: ['audio', 'sse'], description: 'sse: the audio in events. Default: audio.' },
  },
  required: ['model', 'input', 'voice'],
} as const satisfies ObjectSchema;

/** `POST /v1/audio/speech`, as OpenAI has it: the audio is sent while the engine speaks. */
export function addSpeech(app: FastifyInstance, desk: Desk, slot: Slot<AudioEngine>): void {
  const schema = describe({
    summary: 'Speak a text',
    description: "OpenAI's form. The audio is sent while it is made.",
    body: { content: { 'application/json': { schema: parameters } } },
    answer: 'The speech.',
    types: [...Object.values(speechTypes), 'text/event-stream'],
    errors: 'openai',
  });
  const config = { errorForm: 'openai' } as const;
  app.post('/v1/audio/speech', { schema, config }, async (request, reply) => {
    const { body } = request;
    if (body instanceof RawBody) throw wrongType(body.mediaType);
    if (body instanceof FormBody) throw wrongType('multipart/form-data');
    const asked = checked(parameters, body, { text: false });
    const { response_format: format = 'mp3', stream_format: streamFormat = 'audio', ...rest } = asked;
    const engine = slot.ready;
    if (!engine.speech) throw invalid(`the model ${rest.model} does not speak`);
    const signal = await desk.turn(request);
    const speech = await askToSpeak(engine, { ...rest, format, signal });
    const bytes = await begun(servedSpeech(speech, format, signal));
    reply.type(streamFormat === 'sse' ? 'text/event-stream; charset=utf-8' : speechTypes[format]);
    return reply.send(Readable.from(streamFormat === 'sse' ? events(bytes) : bytes));
  });
}

/** As OpenAI sends them. */
async function* events(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  for await (const { buffer, byteOffset, length } of bytes) {
    const audio = Buffer.from(buffer, byteOffset, length).toString('base64');
    yield eventText({ type: 'speech.audio.delta', audio });
  }
  yield eventText({ type: 'speech.audio.done' });
}
