import type { FastifyReply, FastifyRequest } from 'fastify';

/** The id that the client gave its request, if it is one that a log may hold; else Fastify's own. */
export function idOf({ headers, id }: FastifyRequest): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : String(id);
}

export function echoId(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', idOf(request));
}
