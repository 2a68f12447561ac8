import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bytesOf, RawBody } from './body.js';
import type { Desk } from './desk.js';
import { readForm } from './form.js';
import { checkJson } from './json.js';

/**
 * Reads the bodies of our routes: JSON, forms, and anything else as bytes. The application may have parsers of its own,
 * such as @fastify/multipart; they are for its own routes.
 */
export function addBodies(app: FastifyInstance, desk: Desk): void {
  // The payload is what hooks of the application made of the body: they may have decompressed it.
  const read = async (request: FastifyRequest, payload: Readable): Promise<Buffer> => {
    const call = desk.callOf(request);
    try {
      return await bytesOf(payload, desk.meter(request), call.signal);
    } catch (error) {
      // The connection is out of step with its client until the body is read, wherever it went.
      request.raw.unpipe().resume();
      throw call.reason(error) === error ? error : tooSlow();
    }
  };
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: Readable) => {
    const bytes = await read(request, payload);
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, body?: unknown): void => (error ? reject(error) : resolve(body));
      checkJson(bytes);
      parseJson(request, bytes.toString(), done);
    });
  });
  app.addContentTypeParser('multipart/form-data', async (request: FastifyRequest, payload: Readable) => {
    const bytes = await read(request, payload);
    return readForm(bytes, request.headers['content-type'] ?? '', desk.callOf(request).signal);
  });
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    const [mediaType = ''] = (request.headers['content-type'] ?? 'application/octet-stream').split(';', 1);
    return new RawBody(mediaType.trim().toLowerCase(), await read(request, payload));
  });
}

/** The time was over while the client was still sending. */
function tooSlow(): Error {
  return Object.assign(new Error('the body came too slowly'), { statusCode: 408 });
}
