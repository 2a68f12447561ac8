import type { FastifyInstance } from 'fastify';
import type { Desk } from '../http/desk.js';
import type { Metrics } from '../http/metrics.js';
import type { Slot } from '../http/slot.js';
import { objectOf } from './describe.js';

const state = (description: string, words: readonly string[]) => ({
  description,
  content: { 'application/json': { schema: objectOf({ status: { enum: words } }) } },
});

/** What whoever runs the service asks: `/health`, `/health/ready` and `/metrics`. They need no key. */
export function addOperations(
  app: FastifyInstance,
  desk: Desk,
  slots: readonly (Slot<object> | undefined)[],
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
    const status = desk.closing ? 'draining' : slots.some((slot) => slot && !slot.now) ? 'loading' : 'ready';
    return reply.code(status === 'ready' ? 200 : 503).send({ status });
  });

  if (!metrics) return;
  const text = {
    summary: 'Metrics for Prometheus',
    response: {
      200: { description: 'The metrics.', content: { 'text/plain': { schema: { type: 'string' } } } },
    },
  };
  app.get('/metrics', { schema: text, logLevel: 'warn' }, async (_, reply) => {
    const { registry } = metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
