import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { EncodeResponse } from '../../../worker/index.js';

/**
 * A line of JSON for each response, as soon as it is there. An error is a line as well: the status is sent already.
 * `failure`: the body for what was thrown.
 */
export function sendLines(
  responses: AsyncIterable<EncodeResponse>,
  failure: (thrown: unknown) => object,
  reply: FastifyReply,
): unknown {
  async function* lines(): AsyncGenerator<string> {
    try {
      for await (const response of responses) yield `${JSON.stringify(response)}\n`;
    } catch (error) {
      yield `${JSON.stringify(failure(error))}\n`;
    }
  }
  return reply.type('application/x-ndjson').send(Readable.from(lines(), { objectMode: false }));
}
