import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { shown } from '../../checks.js';
import { writeSafetensors } from '../../tensors/safetensors.js';
import type { Tensor } from '../../tensors/tensor.js';
import { InlineSender, type TensorSender } from '../../transfer/index.js';
import {
  type EmbeddedItem,
  type EmbedResponse,
  type EncodeRequest,
  type EncodeSummary,
  type EncodeWorker,
  encodeRequestSchema,
  type FailedItem,
} from '../../worker/index.js';
import { RawBody } from '../http/body.js';
import type { Desk } from '../http/desk.js';
import { bodyOf, ClipFailedError, failureOf } from '../http/failure.js';
import { FormBody } from '../http/form.js';
import { idOf } from '../http/request_id.js';
import { checked, Type, words } from '../schema.js';
import { invalid, rangeProperties, wrongType } from './clip.js';
import { describe } from './describe.js';
import { type Encoding, embeddingBytes, jsonValue } from './encoding.js';
import { asciiJson, sendPieces } from './facts.js';

/** What vLLM's pooling routes call the same. */
const answerProperties = {
  encoding_format: Type.Optional(
    words(['float', 'base64', 'bytes'], {
      description: 'float (default): numbers. base64: the elements. bytes: the body is the elements of all clips.',
    }),
  ),
  embed_dtype: Type.Optional(
    words(['float32', 'float16', 'bfloat16'], { description: 'Element type. Default: that of the tower.' }),
  ),
  endianness: Type.Optional(
    words(['native', 'little', 'big'], { description: 'Of base64 and bytes. native (default) is little.' }),
  ),
  transfer: Type.Optional(
    words(['inline', 'file', 'http', 'nixl'], {
      description: 'Hands the embeddings over: the answer has descriptors. Only modes that the service offers.',
    }),
  ),
};
const answerParameters = Type.Object(answerProperties);

const formProperties = {
  ...answerProperties,
  ...rangeProperties,
  model: Type.Optional(Type.String()),
  request_id: Type.Optional(Type.String({ maxLength: 256 })),
  deadline_ms: Type.Optional(Type.Number({ minimum: 1 })),
  lease: Type.Optional(Type.Number({ minimum: 0.001, maximum: 86_400 })),
};
const formParameters = Type.Object(formProperties, { additionalProperties: false });

const files = Type.Unsafe<Uint8Array[]>({ type: 'array', items: { type: 'string', format: 'binary' } });
const inJson = Type.Object({
  id: Type.String(),
  object: Type.Literal('list'),
  created: Type.Integer(),
  model: Type.String(),
  data: Type.Array(Type.Object({ index: Type.Integer() })),
  usage: Type.Object({ prompt_tokens: Type.Integer(), total_tokens: Type.Integer() }),
});

/** Bytes of the header `metadata`: clients such as Node's read no more than 16 KiB of headers. */
const longestMetadata = 15 * 1024;

/** How a request wants its answer. */
interface Answer extends Encoding {
  readonly format: 'float' | 'base64' | 'bytes';
  readonly sender: TensorSender | undefined;
}

/** `POST /v1/audio/embeddings`: audio in, embeddings of each clip out. */
export class EmbeddingsRoute {
  readonly #desk: Desk;
  readonly #worker: () => EncodeWorker;
  readonly #senders: ReadonlyMap<string, TensorSender>;

  /** `worker` throws while there is none yet. */
  constructor(desk: Desk, worker: () => EncodeWorker, senders: readonly TensorSender[]) {
    this.#desk = desk;
    this.#worker = worker;
    this.#senders = new Map([new InlineSender(), ...senders].map((sender) => [sender.mode, sender]));
  }

  add(app: FastifyInstance): void {
    const { $schema: _, ...request } = encodeRequestSchema;
    const json = { ...request, properties: { ...(request.properties as object), ...answerProperties } };
    const schema = describe({
      summary: 'Embeddings of audio',
      description:
        'Embeddings of each clip, as an audio tower makes them. `Accept: application/x-ndjson` gives a line for each clip as soon as it is there; `application/vnd.safetensors` one file of tensors named by their index.',
      body: {
        content: {
          'application/json': { schema: Type.Unsafe(json) },
          'multipart/form-data': { schema: Type.Object({ file: files, ...formProperties }) },
        },
      },
      answer: 'The embeddings.',
      types: ['application/x-ndjson', 'application/vnd.safetensors', 'application/octet-stream'],
      json: inJson,
    });
    app.post('/v1/audio/embeddings', { schema }, (request, reply) => this.#handle(request, reply));
  }

  async #handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const worker = this.#worker();
    const { encode, answer } = this.#read(request);
    const accept = request.headers.accept ?? '';
    const signal = await this.#desk.turn(request);
    if (accept.includes('application/x-ndjson')) {
      return this.#lines(worker, encode, answer, request, reply, signal);
    }
    if (answer.sender) return this.#descriptors(worker, encode, answer.sender, reply, signal);
    const { items, summary } = await collected(worker.embed(encode, { signal }));
    if (accept.includes('application/vnd.safetensors')) return this.#safetensors(items, reply);
    if (answer.format === 'bytes') return this.#bytes(worker, items, summary, answer, reply);
    const text = listText(worker, items, summary, answer);
    return reply.type('application/json; charset=utf-8').send(Readable.from(text, { objectMode: false }));
  }

  /** The request to the worker, and how the answer is wanted. */
  #read({ body }: FastifyRequest): { encode: EncodeRequest; answer: Answer } {
    if (body instanceof RawBody) throw wrongType(body.mediaType);
    if (body instanceof FormBody) {
      const asked = checked(formParameters, body.fields, { text: true });
      const { encoding_format, embed_dtype, endianness, transfer, start, end, ...rest } = asked;
      if (body.files.length === 0) throw invalid("the form has no file in the field 'file'");
      const options = { start, end };
      const encode = { ...rest, dtype: embed_dtype, items: body.files.map((bytes) => ({ bytes, options })) };
      return { encode, answer: this.#answer({ encoding_format, endianness, transfer }) };
    }
    if (typeof body !== 'object' || body === null) throw invalid(`the request must be an object, got ${shown(body)}`);
    const fields = body as Readonly<Record<string, unknown>>;
    if (hasBytes(fields)) throw invalid('bytes are not JSON: send audio as audio_url, as input_audio, or as a form');
    const asked = checked(answerParameters, fields, { text: false });
    if (asked.embed_dtype !== undefined && fields.dtype !== undefined && asked.embed_dtype !== fields.dtype) {
      throw invalid('dtype and embed_dtype are the same, and differ');
    }
    const dtype = asked.embed_dtype ?? fields.dtype;
    return { encode: { ...fields, dtype } as unknown as EncodeRequest, answer: this.#answer(asked) };
  }

  #answer(asked: {
    readonly encoding_format?: Answer['format'] | undefined;
    readonly endianness?: 'native' | 'little' | 'big' | undefined;
    readonly transfer?: string | undefined;
  }): Answer {
    const { encoding_format: format = 'float', endianness, transfer } = asked;
    const sender = transfer === undefined ? undefined : this.#senders.get(transfer);
    if (transfer !== undefined && sender === undefined) {
      throw invalid(`transfer must be ${[...this.#senders.keys()].join(' or ')}, got '${transfer}'`);
    }
    return { format, endianness: endianness === 'big' ? 'big' : 'little', sender };
  }

  /** A line for each response, as soon as it is there. */
  async #lines(
    worker: EncodeWorker,
    encode: EncodeRequest,
    { sender = this.#senders.get('inline') }: Answer,
    request: FastifyRequest,
    reply: FastifyReply,
    signal: AbortSignal,
  ): Promise<unknown> {
    const responses = worker.generate(encode, { signal, transfer: sender });
    const desk = this.#desk;
    async function* lines(): AsyncGenerator<string> {
      try {
        for await (const response of responses) yield `${JSON.stringify(response)}\n`;
      } catch (error) {
        // The status is sent already: what is left to say is a line.
        yield `${JSON.stringify(bodyOf(failureOf(desk.reason(request, error)), 'cochlea', idOf(request)))}\n`;
      }
    }
    return reply.type('application/x-ndjson').send(Readable.from(lines(), { objectMode: false }));
  }

  async #descriptors(
    worker: EncodeWorker,
    encode: EncodeRequest,
    transfer: TensorSender,
    reply: FastifyReply,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { items, summary } = await collected(worker.generate(encode, { signal, transfer }));
    const data = items.map((item) => ('error' in item ? item : { object: 'audio.embedding', ...item }));
    return reply.send({ ...headOf(worker, summary), data, ...tailOf(summary) });
  }

  #safetensors(items: readonly (EmbeddedItem | FailedItem)[], reply: FastifyReply): unknown {
    const tensors: Record<string, Tensor> = {};
    for (const item of items) tensors[String(item.index)] = whole(item).tensor;
    return sendPieces(reply.type('application/vnd.safetensors'), writeSafetensors(tensors));
  }

  /** As vLLM's `encoding_format: bytes`: the elements of all clips, and where each is in the header `metadata`. */
  #bytes(
    worker: EncodeWorker,
    items: readonly (EmbeddedItem | FailedItem)[],
    summary: EncodeSummary,
    answer: Answer,
    reply: FastifyReply,
  ): unknown {
    let end = 0;
    const parts: Uint8Array[] = [];
    const data = items.map((item) => {
      const { index, tensor, embeddings_shape: shape, embedding_dtype: embed_dtype } = whole(item);
      const bytes = embeddingBytes(tensor, answer);
      parts.push(bytes);
      const start = end;
      end += bytes.length;
      return { index, embed_dtype, endianness: answer.endianness, start, end, shape };
    });
    const { object: _, ...head } = headOf(worker, summary);
    const { usage } = tailOf(summary);
    const metadata = asciiJson({ ...head, data, usage });
    if (metadata.length > longestMetadata) {
      throw invalid(`bytes have no room for ${items.length} clips: send fewer of them, or ask for base64`);
    }
    reply.header('metadata', metadata);
    return sendPieces(reply.type('application/octet-stream'), parts);
  }
}

/** Whether an item says where bytes are: a source that only callers in this process may give. */
function hasBytes({ items }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(items) && items.some((item) => typeof item === 'object' && item !== null && 'bytes' in item);
}

type Responses<Item> = AsyncIterable<Item | FailedItem | EncodeSummary>;

/** All responses in the order of the clips. If no clip succeeded, the error of the first one is that of the request. */
async function collected<Item extends EmbedResponse | { readonly index: number }>(
  responses: Responses<Item>,
): Promise<{ items: (Exclude<Item, EncodeSummary> | FailedItem)[]; summary: EncodeSummary }> {
  const items: (Exclude<Item, EncodeSummary> | FailedItem)[] = [];
  let summary: EncodeSummary | undefined;
  for await (const response of responses) {
    if ('summary' in response) summary = response as EncodeSummary;
    else items.push(response as Exclude<Item, EncodeSummary> | FailedItem);
  }
  items.sort((a, b) => (a as FailedItem).index - (b as FailedItem).index);
  const [first] = items;
  if (items.every((item) => 'error' in item)) throw new ClipFailedError((first as FailedItem).error);
  return { items, summary: summary as EncodeSummary };
}

/** Where an answer has no place for the error of a clip, the error is that of the request. */
function whole(item: EmbeddedItem | FailedItem): EmbeddedItem {
  if ('error' in item) throw new ClipFailedError(item.error);
  return item;
}

/** What OpenAI's lists of embeddings say first, */
function headOf({ model }: EncodeWorker, { summary }: EncodeSummary) {
  return { id: summary.request_id, object: 'list', created: Math.floor(Date.now() / 1000), model };
}

/** and last. */
function tailOf({ summary }: EncodeSummary) {
  return { usage: { prompt_tokens: summary.tokens, total_tokens: summary.tokens }, summary };
}

/** The answer in JSON, in pieces: the numbers of a clip of 30 s alone take a second to print. */
async function* listText(
  worker: EncodeWorker,
  items: readonly (EmbeddedItem | FailedItem)[],
  summary: EncodeSummary,
  answer: Answer,
): AsyncGenerator<string> {
  yield `${JSON.stringify(headOf(worker, summary)).slice(0, -1)},"data":[`;
  for (const [i, item] of items.entries()) {
    if (i > 0) yield ',';
    if ('error' in item) yield JSON.stringify(item);
    else {
      const { tensor, embeddings_shape: shape, embedding_dtype: dtype, ...facts } = item;
      yield `${JSON.stringify({ object: 'audio.embedding', ...facts, shape, dtype }).slice(0, -1)},"embedding":`;
      yield* jsonValue(tensor, answer);
      yield '}';
    }
  }
  yield `],${JSON.stringify(tailOf(summary)).slice(1)}`;
}
