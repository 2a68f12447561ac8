import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { EncodeWorker } from '../../../worker/index.js';
import { type Encoding, jsonValue } from '../encoding.js';
import { type Embedded, headOf, tailOf } from './collected.js';

/** A list in JSON. */
export function sendList(worker: EncodeWorker, embedded: Embedded, encoding: Encoding, reply: FastifyReply): unknown {
  const text = Readable.from(listText(worker, embedded, encoding), { objectMode: false });
  return reply.type('application/json; charset=utf-8').send(text);
}

/** In pieces: the numbers of a clip of 30 s alone take a second to print. */
async function* listText(
  worker: EncodeWorker,
  { items, summary }: Embedded,
  encoding: Encoding,
): AsyncGenerator<string> {
  yield `${JSON.stringify(headOf(worker, summary)).slice(0, -1)},"data":[`;
  for (const [i, item] of items.entries()) {
    if (i > 0) yield ',';
    if ('error' in item) yield JSON.stringify(item);
    else {
      const { tensor, embeddings_shape: shape, embedding_dtype: dtype, ...facts } = item;
      yield `${JSON.stringify({ object: 'audio.embedding', ...facts, shape, dtype }).slice(0, -1)},"embedding":`;
      yield* jsonValue(tensor, encoding);
      yield '}';
    }
  }
  yield `],${JSON.stringify(tailOf(summary)).slice(1)}`;
}
