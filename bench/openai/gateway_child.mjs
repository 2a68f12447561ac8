/** A gateway over an engine that answers as soon as it has the samples: gateway_child.mjs --port N */
import { parseArgs } from 'node:util';
import { fastify } from 'fastify';
import { AudioLoader } from '../../dist/load/index.js';
import { cochleaServe } from '../../dist/serve/index.js';

const { port } = parseArgs({ options: { port: { type: 'string' } } }).values;
const engine = {
  models: () => [{ id: 'scripted' }],
  maxSeconds: () => 600,
  transcribe: async ({ data, sampleRate }) => ({ text: 'Something was said.', duration: data.length / sampleRate }),
};
// Connections that are kept open would keep the process.
const app = fastify({ forceCloseConnections: true });
await app.register(cochleaServe, { loader: new AudioLoader(), engine, limits: { concurrency: 16, queue: 48 } });
await app.listen({ port: Number(port) });
process.once('SIGTERM', () => void app.close());
