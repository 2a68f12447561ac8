#!/usr/bin/env node
/**
 * A server that decodes uploads while they arrive, and answers with what they hold: node examples/upload.mjs [PORT]
 *
 *   curl --data-binary @talk.mp3 http://127.0.0.1:8080/
 */
import { createServer } from 'node:http';
import { AudioDecoder, CochleaError } from 'cochlea';

const decoder = new AudioDecoder({ sampleRate: 16_000, limits: { seconds: 3600, inputBytes: 100e6 } });

const server = createServer(async (request, response) => {
  const aborted = new AbortController();
  response.once('close', () => aborted.abort());
  const answer = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  try {
    const chunks = [];
    // A client that sends nothing for ten seconds has gone.
    for await (const { start, frames } of decoder.stream(request, {
      seconds: 30,
      timeout: 10_000,
      signal: aborted.signal,
    })) {
      chunks.push({ start, frames });
    }
    answer(200, { chunks });
  } catch (error) {
    if (error.name === 'AbortError') return;
    if (!(error instanceof CochleaError)) throw error;
    const status = error.limit === 'inputBytes' ? 413 : error.fault === 'client' ? 400 : 503;
    const { code, message, remedy } = error;
    // What to do is for whoever is at fault.
    answer(status, error.fault === 'client' ? { code, message, remedy } : { code });
  }
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
