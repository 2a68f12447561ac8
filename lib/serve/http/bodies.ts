import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bytesOf, RawBody } from './body.js';
import type { Desk } from './desk.js';
import { readForm } from './form.js';

/**
 * Reads the bodies of our routes: JSON, forms, and anything else as bytes. The application may have parsers of its own,
 * such as @fastify/multipart; they are for its own routes.
 */
export function addBodies(app: FastifyInstance, desk: Desk): void {
  const read = async (request: FastifyRequest): Promise<Uint8Array> => {
    const call = desk.callOf(request);
    try {
      return await bytesOf(request.raw, desk.meter(request), call.signal);
    } catch (error) {
      throw call.reason(error) === error ? error : tooSlow();
    }
  };
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest) => {
    const bytes = await read(request);
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, body?: unknown): void => (error ? reject(error) : resolve(body));
      parseJson(request, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(), done);
    });
  });
  app.addContentTypeParser('multipart/form-data', async (request: FastifyRequest) => {
    const bytes = await read(request);
    return readForm(bytes, request.headers['content-type'] ?? '', desk.callOf(request).signal);
  });
  app.addContentTypeParser('*', async (request: FastifyRequest) => {
    const [mediaType = ''] = (request.headers['content-type'] ?? 'application/octet-stream').split(';', 1);
    return new RawBody(mediaType.trim().toLowerCase(), await read(request));
  });
}

/** The time was over while the client was still sending. */
function tooSlow(): Error {
  return Object.assign(new Error('the body came too slowly'), { statusCode: 408 });
}
