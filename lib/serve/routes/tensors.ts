import type { FastifyInstance } from 'fastify';
import { HttpSender, type TensorSender } from '../../transfer/index.js';

/** `/v1/tensors/:id`: tensors that an `HttpSender` holds. No key is needed: nobody can guess an address. */
export function addTensors(app: FastifyInstance, transfers: readonly TensorSender[]): void {
  const sender = transfers.find((each) => each instanceof HttpSender);
  if (!sender) return;
  app.route({
    method: ['GET', 'HEAD', 'DELETE'],
    url: '/v1/tensors/:id',
    schema: { hide: true } as object,
    // A log with addresses would be a log with keys.
    logLevel: 'warn',
    exposeHeadRoute: false,
    handler: (request, reply) => {
      reply.hijack();
      if (!sender.handle(request.raw, reply.raw)) {
        const error = {
          message: `Tensors are not here: the address of the sender must end in ${request.routeOptions.url}.`,
        };
        reply.raw.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
      }
    },
  });
}
