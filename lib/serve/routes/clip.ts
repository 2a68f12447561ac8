import type { FastifyRequest } from 'fastify';
import { RequestInvalidError, UnsupportedContainerError } from '../../errors.js';
import type { AudioPart, LoadSource } from '../../load/index.js';
import { RawBody } from '../http/body.js';
import { FormBody } from '../http/form.js';
import { checked, type ObjectSchema, type Properties, type Static } from '../schema/index.js';

/** The audio of a request in JSON. */
export const audioProperties = {
  audio_url: {
    anyOf: [{ type: 'string' }, { type: 'object', properties: { url: { type: 'string' } }, required: ['url'] }],
    description: 'An https: address or a data URL, alone or as `{ url }`.',
  },
  input_audio: {
    type: 'object',
    properties: { data: { type: 'string' }, format: { type: 'string' } },
    required: ['data'],
    description: 'An audio file in base64. The format is found in the file itself.',
  },
} as const satisfies Properties;

/** The parts of the audio that are wanted. */
export const rangeProperties = {
  start: {
    type: 'number',
    description: 'Where to begin, in seconds; negative: counted from the end.',
    default: 0,
  },
  end: { type: 'number', description: 'Where to end, in seconds from the start. Default: the end.' },
} as const satisfies Properties;

/** One clip, and what is to be done with it. */
export interface Clip<Parameters> {
  readonly source: LoadSource | AudioPart;
  readonly parameters: Parameters;
}

/** The ways in which a request gives one clip, as OpenAPI says them. */
export function clipBody({ properties }: ObjectSchema) {
  const file = { type: 'string', format: 'binary', description: 'An audio file.' };
  const raw = { schema: { type: 'string', format: 'binary' } };
  return {
    content: {
      'application/json': { schema: { ...closed, properties: { ...audioProperties, ...properties } } },
      'multipart/form-data': { schema: { ...closed, properties: { file, ...properties }, required: ['file'] } },
      'application/octet-stream': raw,
      'audio/*': raw,
      'video/*': raw,
    },
  };
}

/** An object without further properties. */
export const closed = { type: 'object', additionalProperties: false } as const;

/**
 * The clip of a request: the body itself, the file of a form, or what JSON names. Parameters are in the query, in the
 * fields of the form, or beside the audio in JSON.
 *
 * @throws {RequestInvalidError} It has none, several, or a parameter that is wrong.
 */
export function clipOf<Schema extends ObjectSchema>(
  { body, query }: FastifyRequest,
  schema: Schema,
): Clip<Static<Schema>> {
  if (body instanceof RawBody) {
    if (!/^(audio|video)\/|^application\/octet-stream$/.test(body.mediaType)) throw wrongType(body.mediaType);
    return { source: body.bytes, parameters: checked(schema, query, { text: true }) };
  }
  if (body instanceof FormBody) {
    const [file, ...more] = body.files;
    if (file === undefined || more.length > 0) throw invalid(`the form must have one file, got ${body.files.length}`);
    return { source: file, parameters: checked(schema, both(query, body.fields), { text: true }) };
  }
  // What one of them lacks may be in the other.
  const some = { ...closed, properties: schema.properties };
  const whole = { ...closed, properties: { ...audioProperties, ...schema.properties } };
  const { audio_url, input_audio, ...rest } = checked(whole, body, { text: false }) as Record<string, unknown>;
  const asked = both(checked(some, query, { text: true }), rest);
  return { source: partOf({ audio_url, input_audio }), parameters: checked(schema, asked, { text: false }) };
}

/** What is said twice is a mistake: nobody could say which of the two counts. */
function both(query: unknown, fields: Readonly<Record<string, unknown>>): object {
  const given = query as Readonly<Record<string, unknown>>;
  const twice = Object.keys(given).find((name) => Object.hasOwn(fields, name));
  if (twice !== undefined) throw invalid(`${twice.slice(0, 100)} is in the query and in the body`);
  return { ...given, ...fields };
}

/** As parts of a message: a string as a source of its own could be a path. */
function partOf({ audio_url, input_audio }: Readonly<Record<string, unknown>>): AudioPart {
  if ((audio_url === undefined) === (input_audio === undefined)) {
    throw invalid('the request must have one of audio_url and input_audio');
  }
  if (input_audio !== undefined) return { type: 'input_audio', input_audio: input_audio as { data: string } };
  const url = typeof audio_url === 'string' ? audio_url : (audio_url as { url: string }).url;
  return { type: 'audio_url', audio_url: { url } };
}

export function wrongType(mediaType: string): UnsupportedContainerError {
  const message = `the body has the type ${mediaType.slice(0, 100)}: it must be JSON, a form, or audio`;
  return new UnsupportedContainerError('ERR_AUDIO_UNSUPPORTED_CONTAINER', message);
}

export function invalid(message: string): RequestInvalidError {
  return new RequestInvalidError('ERR_REQUEST_INVALID', message);
}
