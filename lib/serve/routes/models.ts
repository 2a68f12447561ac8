import type { FastifyInstance } from 'fastify';
import type { AudioEngine, EngineModel } from '../../openai/index.js';
import type { WorkerSlot } from '../http/worker_slot.js';
import { objectOf } from './describe.js';

/** Milliseconds for the list of an engine. */
const longest = 10_000;

/** `GET /v1/models`, as OpenAI lists them. */
export function addModels(app: FastifyInstance, slot: WorkerSlot | undefined, engine: AudioEngine | undefined): void {
  const model = objectOf({
    id: { type: 'string' },
    object: { enum: ['model'] },
    created: { type: 'integer', description: 'Seconds since 1970; 0 if nobody knows.' },
    owned_by: { type: 'string' },
  });
  const list = objectOf({ object: { enum: ['list'] }, data: { type: 'array', items: model } });
  const schema = {
    summary: 'Models of this service',
    response: { 200: { description: 'The models.', content: { 'application/json': { schema: list } } } },
  };
  app.get('/v1/models', { schema, config: { errorForm: 'openai' } }, async () => {
    const own = slot?.now ? [{ id: slot.now.model }] : [];
    const others = (await engine?.models(AbortSignal.timeout(longest))) ?? [];
    return { object: 'list', data: [...own, ...others].map(entry) };
  });
}

function entry({ id, ownedBy = 'cochlea', created = 0 }: EngineModel): object {
  return { id, object: 'model', created, owned_by: ownedBy };
}
