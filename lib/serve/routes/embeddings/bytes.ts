import type { FastifyReply } from 'fastify';
import type { EncodeWorker } from '../../../worker/index.js';
import { invalid } from '../clip.js';
import { type Encoding, embeddingBytes } from '../encoding.js';
import { asciiJson, sendPieces } from '../facts.js';
import { type Embedded, headOf, tailOf, whole } from './collected.js';

/** Bytes of the header `metadata`: clients such as Node's read no more than 16 KiB of headers. */
const longestMetadata = 15 * 1024;

/** As vLLM's `encoding_format: bytes`: the elements of all clips, and where each is in the header `metadata`. */
export function sendBytes(
  worker: EncodeWorker,
  { items, summary }: Embedded,
  encoding: Encoding,
  reply: FastifyReply,
): unknown {
  let end = 0;
  const parts: Uint8Array[] = [];
  const data = items.map((item) => {
    const { index, tensor, embeddings_shape: shape, embedding_dtype: embed_dtype } = whole(item);
    const bytes = embeddingBytes(tensor, encoding);
    parts.push(bytes);
    const start = end;
    end += bytes.length;
    return { index, embed_dtype, endianness: encoding.endianness, start, end, shape };
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
