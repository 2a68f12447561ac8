import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { versions } from '../../versions.js';
import { withoutCompilers } from '../http/compilers.js';
import { expectPeer, peer } from '../peers.js';

type Plugin = FastifyPluginAsync<Record<string, unknown>>;

/** What @fastify/swagger adds. */
interface Documented extends FastifyInstance {
  swagger(): object;
}

const swagger = '@fastify/swagger';
const swaggerUi = '@fastify/swagger-ui';

/**
 * `/openapi.json`, and `/docs` for people. If the application has registered @fastify/swagger itself, its document has
 * these routes too, and there is no other one.
 *
 * What makes the document takes as long to load as the rest of a start. It is made at the first request for it, in an
 * application of its own that has `routes` without their handlers: once an application listens, it takes no plugins.
 */
export function addDocs(app: FastifyInstance, routes: readonly RouteOptions[], needsKey: boolean): void {
  if (app.hasDecorator('swagger')) return;
  expectPeer(swagger);
  expectPeer(swaggerUi);
  let made: Promise<Documented> | undefined;
  const documented = () => {
    made ??= documentOf(routes, `${app.prefix}/docs`, needsKey);
    return made;
  };
  app.addHook('onClose', async () => (await made?.catch(() => undefined))?.close());

  const schema = { hide: true } as object;
  app.get('/openapi.json', { schema }, async () => (await documented()).swagger());
  const page = async ({ url, headers }: FastifyRequest, reply: FastifyReply) => {
    const answer = await (await documented()).inject({ method: 'GET', url, headers });
    // What is left is about the document, and not about the connection.
    const { connection: _, date: __, 'transfer-encoding': ___, ...facts } = answer.headers;
    return reply.code(answer.statusCode).headers(facts).send(answer.rawPayload);
  };
  app.get('/docs', { schema }, page);
  app.get('/docs/*', { schema }, page);
}

async function documentOf(
  routes: readonly RouteOptions[],
  routePrefix: string,
  needsKey: boolean,
): Promise<Documented> {
  const { fastify } = peer<typeof import('fastify')>('fastify');
  const app = fastify(withoutCompilers) as unknown as Documented;
  await app.register(peer<Plugin>(swagger), {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Cochlea',
        description: 'Any audio in, model-ready tensors out.',
        version: versions().cochlea,
      },
      ...(needsKey && { security: [{ bearer: [] }] }),
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
  });
  await app.register(peer<Plugin>(swaggerUi), { routePrefix });
  for (const { method, url, schema = {} } of routes) {
    // Fastify adds those itself.
    if (method !== 'HEAD') app.route({ method, url, schema, handler: () => {} });
  }
  await app.ready();
  return app;
}
