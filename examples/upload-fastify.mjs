#!/usr/bin/env node
/**
 * Fastify, decoding the file of a form while it arrives: node examples/upload-fastify.mjs [PORT]
 *
 *   npm install fastify @fastify/multipart
 *   curl --form file=@talk.mp3 http://127.0.0.1:8080/
 */
import multipart from '@fastify/multipart';
import { AudioDecoder, CochleaError } from 'cochlea';
import Fastify from 'fastify';

const decoder = new AudioDecoder({ sampleRate: 16_000, limits: { seconds: 3600, inputBytes: 100e6 } });

const app = Fastify();
// Its own limit, 1 MiB unless it is set, would cut the file: the decoder counts, and says so.
await app.register(multipart, { limits: { fileSize: Number.POSITIVE_INFINITY, files: 1 } });

app.post('/', async (request, reply) => {
  const aborted = new AbortController();
  reply.raw.once('close', () => aborted.abort());
  const part = await request.file();
  if (!part) return reply.code(400).send({ code: 'NO_FILE', message: 'the form holds no file' });
  const audio = await decoder.decode(part.file, { signal: aborted.signal, timeout: 60_000 });
  return { seconds: audio.duration, codec: audio.source.codec };
});

app.setErrorHandler((error, _request, reply) => {
  if (error.name === 'AbortError' || !(error instanceof CochleaError)) return reply.send(error);
  const status = error.limit === 'inputBytes' ? 413 : error.fault === 'client' ? 400 : 503;
  const { code, message, remedy } = error;
  return reply.code(status).send(error.fault === 'client' ? { code, message, remedy } : { code });
});

console.log(await app.listen({ port: Number(process.argv[2] ?? 8080), host: '127.0.0.1' }));
