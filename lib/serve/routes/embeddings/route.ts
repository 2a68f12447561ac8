import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InlineSender, type TensorSender } from '../../../transfer/index.js';
import { type EncodeWorker, encodeRequestSchema } from '../../../worker/index.js';
import { preferred } from '../../http/accept.js';
import type { Desk } from '../../http/desk.js';
import { bodyOf, failureOf } from '../../http/failure.js';
import { idOf } from '../../http/request_id.js';
import { describe, objectOf, tokenCounts } from '../describe.js';
import { sendBytes } from './bytes.js';
import { collected } from './collected.js';
import { sendDescriptors } from './descriptors.js';
import { sendLines } from './lines.js';
import { sendList } from './list.js';
import { answerProperties, askedOf, formParameters } from './request.js';
import { sendSafetensors } from './safetensors.js';

const lineType = 'application/x-ndjson';
const fileType = 'application/vnd.safetensors';
/** By the header `Accept`. The first is the form of those who name none of them. */
const forms = ['application/json', lineType, fileType] as const;

/** `POST /v1/audio/embeddings`: audio in, embeddings of each clip out. */
export class EmbeddingsRoute {
  readonly #desk: Desk;
  readonly #worker: () => EncodeWorker;
  readonly #inline = new InlineSender();
  readonly #senders: ReadonlyMap<string, TensorSender>;

  /** `worker` throws while there is none yet. */
  constructor(desk: Desk, worker: () => EncodeWorker, senders: readonly TensorSender[]) {
    this.#desk = desk;
    this.#worker = worker;
    this.#senders = new Map([this.#inline, ...senders].map((sender) => [sender.mode, sender]));
  }

  add(app: FastifyInstance): void {
    app.post('/v1/audio/embeddings', { schema: description() }, (request, reply) => this.#handle(request, reply));
  }

  async #handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const worker = this.#worker();
    const { encode, answer } = askedOf(request, this.#senders);
    const form = preferred(request.headers.accept, forms);
    const signal = await this.#desk.turn(request);
    if (form === lineType) {
      const responses = worker.generate(encode, { signal, transfer: answer.sender ?? this.#inline });
      const failure = (thrown: unknown) =>
        bodyOf(failureOf(this.#desk.reason(request, thrown)), 'cochlea', idOf(request));
      return sendLines(responses, failure, reply);
    }
    if (answer.sender) return sendDescriptors(worker, encode, answer.sender, reply, signal);
    const embedded = await collected(worker.embed(encode, { signal }));
    if (form === fileType) return sendSafetensors(embedded, reply);
    return (answer.format === 'bytes' ? sendBytes : sendList)(worker, embedded, answer, reply);
  }
}

function description() {
  const { $schema: _, ...request } = encodeRequestSchema;
  const json = { ...request, properties: { ...(request.properties as object), ...answerProperties } };
  const file = { type: 'array', items: { type: 'string', format: 'binary' } };
  const { properties } = formParameters;
  return describe({
    summary: 'Embeddings of audio',
    description:
      'Embeddings of each clip, as an audio tower makes them. `Accept: application/x-ndjson` gives a line for each clip as soon as it is there; `application/vnd.safetensors` one file of tensors named by their index.',
    body: {
      content: {
        'application/json': { schema: json },
        'multipart/form-data': { schema: { type: 'object', properties: { file, ...properties }, required: ['file'] } },
      },
    },
    answer: 'The embeddings.',
    types: [lineType, fileType, 'application/octet-stream'],
    json: objectOf({
      id: { type: 'string' },
      object: { enum: ['list'] },
      created: { type: 'integer' },
      model: { type: 'string' },
      data: { type: 'array', items: objectOf({ index: { type: 'integer' } }) },
      usage: tokenCounts,
    }),
  });
}
