import type { FastifyInstance } from 'fastify';
import type { Desk } from '../http/desk.js';
import type { Metrics } from '../http/metrics.js';
import type { WorkerSlot } from '../http/worker_slot.js';
import { Type } from '../schema.js';

const state = (description: string, words: readonly string[]) => ({
  description,
  content: {
    'application/json': { schema: Type.Object({ status: Type.Union(words.map((word) => Type.Literal(word))) }) },
  },
});

/** What whoever runs the service asks: `/health`, `/health/ready` and `/metrics`. They need no key. */
export function addOperations(
  app: FastifyInstance,
  desk: Desk,
  slot: WorkerSlot | undefined,
  metrics: Metrics | undefined,
): void {
  const health = {
    summary: 'Whether the process lives',
    response: { 200: state('It does.', ['ok']) },
  };
  app.get('/health', { schema: health, logLevel: 'warn' }, async () => ({ status: 'ok' }));

  const ready = {
    summary: 'Whether requests should come here',
    response: { 200: state('Yes.', ['ready']), 503: state('Not yet, or no more.', ['loading', 'draining']) },
  };
  app.get('/health/ready', { schema: ready, logLevel: 'warn' }, async (_, reply) => {
    const status = desk.closing ? 'draining' : slot && !slot.now ? 'loading' : 'ready';
    return reply.code(status === 'ready' ? 200 : 503).send({ status });
  });

  if (!metrics) return;
  const { registry } = metrics;
  const text = {
    summary: 'Metrics for Prometheus',
    response: {
      200: { description: 'The metrics.', content: { 'text/plain': { schema: Type.String() } } },
    },
  };
  app.get('/metrics', { schema: text, logLevel: 'warn' }, async (_, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
