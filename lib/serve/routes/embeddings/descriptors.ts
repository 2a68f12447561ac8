import type { FastifyReply } from 'fastify';
import type { TensorSender } from '../../../transfer/index.js';
import type { EncodeRequest, EncodeWorker } from '../../../worker/index.js';
import { collected, headOf, tailOf } from './collected.js';

/** A list in JSON, with descriptors of the embeddings that are handed over. */
export async function sendDescriptors(
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
