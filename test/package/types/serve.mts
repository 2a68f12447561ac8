// The floor that needs packages of others: fastify and prom-client.
import { AudioLoader } from 'cochlea/load';
import { cochleaServe, type ServeOptions } from 'cochlea/serve';
import { fastify } from 'fastify';

const options: ServeOptions = {
  loader: new AudioLoader({ maxSeconds: 600 }),
  apiKeys: ['a-key-of-a-client'],
  authenticate: async (request) => request.headers['x-user'] === 'anna',
  limits: { concurrency: 4, queue: 0 },
};
const app = fastify();
await app.register(cochleaServe, { ...options, prefix: '/audio' });
// @ts-expect-error there is no such limit
await app.register(cochleaServe, { ...options, limits: { requests: 4 } });
await app.listen({ port: 8080 });
