import type { FastifyInstance } from 'fastify';
import { littleEndian } from '../../tensors/little_endian.js';
import type { Tensor } from '../../tensors/tensor.js';
import type { EncodeWorker } from '../../worker/index.js';
import { RawBody } from '../http/body.js';
import type { Desk } from '../http/desk.js';
import { ClipFailedError } from '../http/failure.js';
import { FormBody } from '../http/form.js';
import { checked, type ObjectSchema } from '../schema/index.js';
import { closed, wrongType } from './clip.js';
import { describe, objectOf, tokenCounts } from './describe.js';
import { numbersOf } from './numbers.js';

const parameters = {
  ...closed,
  properties: {
    input: {
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
      description: 'https: addresses or data URLs of clips.',
    },
    modality: { enum: ['audio'] },
    model: { type: 'string' },
    encoding_format: { enum: ['float', 'base64'], description: 'Default: float.' },
    user: { type: 'string', description: 'Ignored.' },
  },
  required: ['input', 'modality'],
} as const satisfies ObjectSchema;

const vector = objectOf({
  object: { enum: ['embedding'] },
  index: { type: 'integer' },
  embedding: { anyOf: [{ type: 'array', items: { type: 'number' } }, { type: 'string' }] },
});
const inJson = objectOf({
  object: { enum: ['list'] },
  model: { type: 'string' },
  data: { type: 'array', items: vector },
  usage: tokenCounts,
});

/**
 * `POST /v1/embeddings`, as infinity has it for audio, with OpenAI's answer: one vector for each clip, the mean of its
 * embeddings, of length 1.
 */
export function addPooled(app: FastifyInstance, desk: Desk, workerNow: () => EncodeWorker): void {
  const schema = describe({
    summary: 'One vector for each clip',
    description: "The mean of the embeddings of each clip, of length 1. OpenAI's form, with `modality: 'audio'`.",
    body: { content: { 'application/json': { schema: parameters } } },
    answer: 'The vectors.',
    json: inJson,
    errors: 'openai',
  });
  const config = { errorForm: 'openai' } as const;
  app.post('/v1/embeddings', { schema, config }, async (request, reply) => {
    const worker = workerNow();
    const { body } = request;
    if (body instanceof RawBody) throw wrongType(body.mediaType);
    if (body instanceof FormBody) throw wrongType('multipart/form-data');
    const { input, model, encoding_format: format = 'float' } = checked(parameters, body, { text: false });
    const items = [input].flat().map((audio_url) => ({ audio_url }));
    const signal = await desk.turn(request);
    const data: { object: string; index: number; embedding: string | number[] }[] = [];
    let tokens = 0;
    for await (const response of worker.embed({ items, ...(model !== undefined && { model }) }, { signal })) {
      if ('summary' in response) tokens = response.summary.tokens;
      // The form has no place for the error of a clip.
      else if ('error' in response) throw new ClipFailedError(response.error);
      else
        data.push({ object: 'embedding', index: response.index, embedding: written(pooled(response.tensor), format) });
    }
    data.sort((a, b) => a.index - b.index);
    const usage = { prompt_tokens: tokens, total_tokens: tokens };
    return reply.send({ object: 'list', model: worker.model, data, usage });
  });
}

/** The mean over tokens, of length 1. */
function pooled(tensor: Tensor): Float32Array {
  const [tokens = 0, dimension = 0] = tensor.shape;
  const numbers = numbersOf(tensor);
  const sum = new Float64Array(dimension);
  for (let start = 0; start < tokens * dimension; start += dimension) {
    for (let axis = 0; axis < dimension; axis++) sum[axis] = (sum[axis] ?? 0) + (numbers[start + axis] ?? 0);
  }
  const length = Math.hypot(...sum);
  return Float32Array.from(sum, (value) => (length > 0 ? value / length : 0));
}

function written(vector: Float32Array, format: 'float' | 'base64'): string | number[] {
  if (format === 'float') return Array.from(vector);
  const tensor = { data: vector, shape: [vector.length], dtype: 'float32' } as const;
  return Buffer.concat([...littleEndian(tensor)]).toString('base64');
}
