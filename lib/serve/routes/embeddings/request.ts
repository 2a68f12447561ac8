import type { FastifyRequest } from 'fastify';
import { shown } from '../../../checks.js';
import type { TensorSender } from '../../../transfer/index.js';
import type { EncodeRequest } from '../../../worker/index.js';
import { RawBody } from '../../http/body.js';
import { FormBody } from '../../http/form.js';
import { checked, type ObjectSchema, type Properties } from '../../schema/index.js';
import { closed, invalid, rangeProperties, wrongType } from '../clip.js';
import type { Encoding } from '../encoding.js';

/** What vLLM's pooling routes call the same. */
export const answerProperties = {
  encoding_format: {
    enum: ['float', 'base64', 'bytes'],
    description: 'float (default): numbers. base64: the elements. bytes: the body is the elements of all clips.',
  },
  embed_dtype: {
    enum: ['float32', 'float16', 'bfloat16'],
    description: 'Element type. Default: that of the tower.',
  },
  endianness: {
    enum: ['native', 'little', 'big'],
    description: 'Of base64 and bytes. native (default) is little.',
  },
  transfer: {
    enum: ['inline', 'file', 'http', 'nixl'],
    description: 'Hands the embeddings over: the answer has descriptors. Only modes that the service offers.',
  },
} as const satisfies Properties;
/** The worker checks what is beside them. */
const answerParameters = { type: 'object', properties: answerProperties } as const satisfies ObjectSchema;

export const formParameters = {
  ...closed,
  properties: {
    ...answerProperties,
    ...rangeProperties,
    model: { type: 'string' },
    request_id: { type: 'string', maxLength: 256 },
    deadline_ms: { type: 'number', minimum: 1 },
    lease: { type: 'number', minimum: 0.001, maximum: 86_400 },
  },
} as const satisfies ObjectSchema;

/** How a request wants its answer. */
export interface Answer extends Encoding {
  /** Where the embeddings go, in place of the answer. */
  readonly sender: TensorSender | undefined;
}

/** What a request asks the worker for, and how it wants the answer. */
export interface Asked {
  readonly encode: EncodeRequest;
  readonly answer: Answer;
}

type Senders = ReadonlyMap<string, TensorSender>;

/** @throws {RequestInvalidError | UnsupportedContainerError} The request is wrong. */
export function askedOf({ body }: FastifyRequest, senders: Senders): Asked {
  if (body instanceof RawBody) throw wrongType(body.mediaType);
  if (body instanceof FormBody) {
    const asked = checked(formParameters, body.fields, { text: true });
    const { encoding_format, embed_dtype, endianness, transfer, start, end, ...rest } = asked;
    if (body.files.length === 0) throw invalid("the form has no file in the field 'file'");
    const options = { start, end };
    const encode = { ...rest, dtype: embed_dtype, items: body.files.map((bytes) => ({ bytes, options })) };
    return { encode, answer: answerOf({ encoding_format, endianness, transfer }, senders) };
  }
  if (typeof body !== 'object' || body === null) throw invalid(`the request must be an object, got ${shown(body)}`);
  const fields = body as Readonly<Record<string, unknown>>;
  if (hasBytes(fields)) throw invalid('bytes are not JSON: send audio as audio_url, as input_audio, or as a form');
  const asked = checked(answerParameters, fields, { text: false });
  if (asked.embed_dtype !== undefined && fields.dtype !== undefined && asked.embed_dtype !== fields.dtype) {
    throw invalid('dtype and embed_dtype are the same, and differ');
  }
  const dtype = asked.embed_dtype ?? fields.dtype;
  return { encode: { ...fields, dtype } as unknown as EncodeRequest, answer: answerOf(asked, senders) };
}

function answerOf(
  asked: {
    readonly encoding_format?: Answer['format'] | undefined;
    readonly endianness?: 'native' | 'little' | 'big' | undefined;
    readonly transfer?: string | undefined;
  },
  senders: Senders,
): Answer {
  const { encoding_format: format = 'float', endianness, transfer } = asked;
  const sender = transfer === undefined ? undefined : senders.get(transfer);
  if (transfer !== undefined && sender === undefined) {
    throw invalid(`transfer must be ${[...senders.keys()].join(' or ')}, got '${transfer}'`);
  }
  return { format, endianness: endianness === 'big' ? 'big' : 'little', sender };
}

/** Whether an item says where bytes are: a source that only callers in this process may give. */
function hasBytes({ items }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(items) && items.some((item) => typeof item === 'object' && item !== null && 'bytes' in item);
}
