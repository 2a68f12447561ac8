#!/usr/bin/env node
/**
 * A service of audio inside of your own Express application: node examples/serve-express.mjs [PORT]
 *
 *   npm install express fastify @fastify/swagger @fastify/swagger-ui prom-client
 *   curl --form file=@talk.mp3 'http://127.0.0.1:8080/audio/v1/audio/decode?sample_rate=16000' > talk.wav
 *
 * Fastify does not listen: Express passes it the requests below /audio. What is for all routes, use before it: cors,
 * express-rate-limit, helmet. Parsers of bodies, such as express.json(), come behind it: a body is read once.
 */
import { AudioLoader } from 'cochlea/load';
import { cochleaServe } from 'cochlea/serve';
import express from 'express';
import { fastify } from 'fastify';

const loader = new AudioLoader({ maxSeconds: 600 });
const audio = fastify({ logger: { level: 'warn' }, return503OnClosing: false, forceCloseConnections: true });
await audio.register(cochleaServe, { prefix: '/audio', loader });
await audio.ready();

const app = express();
// Not app.use('/audio', …), which takes the prefix away: the pages of the service need it for their links.
app.use((request, response, next) => {
  if (/^\/audio(\/|$)/.test(request.path)) audio.routing(request, response);
  else next();
});
app.use(express.json());
app.get('/', (_request, response) => response.json({ routes: ['/audio/v1/audio/decode', '/audio/v1/audio/features'] }));

const server = app.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});

// The requests that are there may end, for 30 s; then the loader has nothing to do.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    server.close();
    await audio.close();
    await loader.close();
  });
}
