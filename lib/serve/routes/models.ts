import type { FastifyInstance } from 'fastify';
import { untilAborted } from '../../async/abort.js';
import { LimitError } from '../../errors.js';
import type { AudioEngine, EngineModel } from '../../openai/index.js';
import { asCochlea } from '../../openai/inner.js';
import type { EncodeWorker } from '../../worker/index.js';
import type { Slot } from '../http/slot.js';
import { objectOf } from './describe.js';

/** Milliseconds for the list of an engine. */
const longest = 10_000;

/** `GET /v1/models`, as OpenAI lists them. */
export function addModels(
  app: FastifyInstance,
  slot: Slot<EncodeWorker> | undefined,
  engine: Slot<AudioEngine> | undefined,
): void {
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
    const others = engine?.now ? await modelsOf(engine.now) : [];
    return { object: 'list', data: [...own, ...others].map(entry) };
  });
}

/** @throws {LimitError} The engine does not say in time, whether it heeds the signal or not. */
async function modelsOf(engine: AudioEngine): Promise<readonly EngineModel[]> {
  const signal = AbortSignal.timeout(longest);
  try {
    return await untilAborted(engine.models(signal), signal);
  } catch (error) {
    if (!signal.aborted) throw asCochlea(error);
    throw new LimitError(`the engine did not list its models within ${longest} ms`, 'timeout', longest, longest);
  }
}

function entry({ id, ownedBy = 'cochlea', created = 0 }: EngineModel): object {
  return { id, object: 'model', created, owned_by: ownedBy };
}
