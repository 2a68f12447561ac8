// A service of embeddings by the contract of `POST /v1/audio/embeddings` with NDJSON, and nothing else: the least that
// a client can be tested against. The responses are those of a real EncodeWorker.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { CochleaError } from '../../dist/index.js';

/** Answers with what the worker says. `apiKey`: what clients have to send. */
export function answerFrom(worker, { apiKey } = {}) {
  return async (request, response) => {
    const left = new AbortController();
    response.once('close', () => left.abort());
    try {
      if (request.url !== '/v1/audio/embeddings') return refuse(response, 404, { code: 'ERR_REQUEST_INVALID' });
      if (apiKey && request.headers.authorization !== `Bearer ${apiKey}`) {
        return refuse(response, 401, { code: 'ERR_UNAUTHORIZED' });
      }
      const { transfer: _, ...asked } = JSON.parse(await textOf(request));
      const responses = worker.generate(asked, { signal: left.signal });
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      for await (const line of responses) {
        if (!response.write(`${JSON.stringify(line)}\n`)) await once(response, 'drain', { signal: left.signal });
      }
      response.end();
    } catch (error) {
      if (left.signal.aborted) return;
      if (!(error instanceof CochleaError)) throw error;
      refuse(response, error.code === 'ERR_BUSY' ? 429 : error.fault === 'client' ? 400 : 503, error);
    }
  };
}

export function refuse(
  response,
  status,
  { code, message = 'no', fault = 'client', retryable = false, remedy = 'Stop.' },
) {
  const error = { code, message, remedy, fault, retryable, request_id: '1' };
  const headers = { 'content-type': 'application/json', ...(status === 429 && { 'retry-after': '1' }) };
  response.writeHead(status, headers).end(JSON.stringify({ error }));
}

export async function textOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Its address. */
export async function listening(handler, port = 0) {
  const server = createServer(handler).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { server, address: `http://127.0.0.1:${server.address().port}` };
}
