import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { versions } from '../../versions.js';
import { peer } from '../peers.js';

/**
 * `/openapi.json` and `/docs`. If the application has registered @fastify/swagger itself, its document has these routes
 * too, and there is no other one.
 */
export async function addDocs(app: FastifyInstance, needsKey: boolean): Promise<void> {
  if (app.hasDecorator('swagger')) return;
  const security = needsKey ? { security: [{ bearer: [] }] } : {};
  await app.register(peer<FastifyPluginAsync<Record<string, unknown>>>('@fastify/swagger'), {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Cochlea',
        description: 'Any audio in, model-ready tensors out.',
        version: versions().cochlea,
      },
      ...security,
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
  });
  await app.register(peer<FastifyPluginAsync<Record<string, unknown>>>('@fastify/swagger-ui'), {
    routePrefix: '/docs',
  });
  app.get('/openapi.json', { schema: { hide: true } as object }, async () => (app as unknown as Documented).swagger());
}

/** What @fastify/swagger adds. */
interface Documented {
  swagger(): object;
}
