import type { FastifyReply } from 'fastify';
import { writeSafetensors } from '../../../tensors/safetensors.js';
import type { Tensor } from '../../../tensors/tensor.js';
import { sendPieces } from '../facts.js';
import { type Embedded, whole } from './collected.js';

/** One file of tensors, named by the index of their clips. */
export function sendSafetensors({ items }: Embedded, reply: FastifyReply): unknown {
  const tensors: Record<string, Tensor> = {};
  for (const item of items) tensors[String(item.index)] = whole(item).tensor;
  return sendPieces(reply.type('application/vnd.safetensors'), writeSafetensors(tensors));
}
