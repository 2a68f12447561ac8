#!/usr/bin/env node
/**
 * A service of audio inside of your own Fastify application: node examples/serve-fastify.mjs [PORT]
 *
 *   npm install fastify @fastify/swagger @fastify/swagger-ui prom-client
 *   curl --form file=@talk.mp3 'http://127.0.0.1:8080/audio/v1/audio/decode?sample_rate=16000' > talk.wav
 *
 * The plugin is encapsulated: your parsers, hooks, errors and metrics are not its own. What is for all routes, register
 * before it: @fastify/cors for browsers of other origins, @fastify/rate-limit, @fastify/helmet.
 */
import { AudioLoader } from 'cochlea/load';
import { cochleaServe } from 'cochlea/serve';
import { fastify } from 'fastify';

const app = fastify({ logger: { level: 'warn' }, return503OnClosing: false, forceCloseConnections: true });
app.get('/', async () => ({ routes: ['/audio/v1/audio/decode', '/audio/v1/audio/features'] }));

const loader = new AudioLoader({ maxSeconds: 600 });
// Who may use it is what your application says. Without `authenticate` and `apiKeys` it is everybody.
const authenticate = ({ headers }) => headers['x-tenant'] !== 'blocked';
await app.register(cochleaServe, { prefix: '/audio', loader, authenticate, limits: { concurrency: 16 }, page: false });

// The requests that are there may end, for 30 s; then the loader has nothing to do.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    await app.close();
    await loader.close();
  });
}

console.log(await app.listen({ port: Number(process.argv[2] ?? 8080), host: '127.0.0.1' }));
