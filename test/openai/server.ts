import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decode } from '../../dist/index.js';
import { heard } from './scripted.js';

/** A server on loopback that speaks OpenAI's audio API, or what others make of it. It hears what the samples hold. */

export interface Upload {
  readonly route: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly fields: Readonly<Record<string, string | string[]>>;
  readonly authorization: string | undefined;
}

/** Answers an upload. `index`: how many came before. */
export type Behaviour = (upload: Upload, response: ServerResponse, index: number) => Promise<void> | void;

export interface AudioServer {
  /** With `/v1`. */
  readonly url: string;
  readonly uploads: Upload[];
  /** Connections that closed before the answer was complete. */
  readonly left: number;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function audioServer(behaviour: Behaviour = openai): Promise<AudioServer> {
  const uploads: Upload[] = [];
  let left = 0;
  const server: Server = createServer(async (request, response) => {
    response.once('close', () => {
      if (!response.writableFinished) left++;
    });
    try {
      const upload = await uploadOf(request);
      const index = uploads.push(upload) - 1;
      await behaviour(upload, response, index);
    } catch (error) {
      if (!response.destroyed) response.writeHead(500).end(String(error));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    uploads,
    get left() {
      return left;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Node's own parser of forms: of fetch, which is not ours. */
async function uploadOf(request: IncomingMessage): Promise<Upload> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const route = request.url ?? '';
  const authorization = request.headers.authorization;
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/')) {
    const fields = body.length > 0 ? JSON.parse(body.toString()) : {};
    return { route, name: '', bytes: new Uint8Array(), fields, authorization };
  }
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  const file = form.get('file') as File;
  const fields: Record<string, string | string[]> = {};
  for (const name of new Set(form.keys())) {
    if (name === 'file') continue;
    const values = form.getAll(name).map(String);
    fields[name] = name.endsWith('[]') ? values : (values[0] as string);
  }
  return { route, name: file.name, bytes: new Uint8Array(await file.arrayBuffer()), fields, authorization };
}

export function json(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

export function events(response: ServerResponse, values: readonly unknown[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const value of values) response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
}

export async function transcriptOf({ bytes }: Upload) {
  const { data } = await decode(bytes, { sampleRate: 16_000, channels: 1 });
  return heard(data);
}

/** As OpenAI answers. */
export const openai: Behaviour = async (upload, response) => {
  if (upload.route === '/v1/models') {
    return json(response, {
      object: 'list',
      data: [{ id: 'whisper-1', object: 'model', created: 1, owned_by: 'openai' }],
    });
  }
  const { text, segments = [], words, duration } = await transcriptOf(upload);
  const { response_format: format = 'json', stream } = upload.fields;
  const usage = { type: 'duration', seconds: Math.ceil(duration) };
  if (stream === 'true') {
    const deltas = segments.map(({ text }) => ({ type: 'transcript.text.delta', delta: text }));
    events(response, [...deltas, { type: 'transcript.text.done', text, usage }]);
    return void response.end();
  }
  if (format === 'json') return json(response, { text, usage });
  const granularities = upload.fields['timestamp_granularities[]'] ?? ['segment'];
  const rest = {
    ...(granularities.includes('segment') && {
      segments: segments.map((each) => ({
        ...each,
        seek: 0,
        tokens: [1],
        temperature: 0,
        avg_logprob: -0.1,
        compression_ratio: 1,
        no_speech_prob: 0,
      })),
    }),
    ...(granularities.includes('word') && { words }),
  };
  json(response, { task: 'transcribe', language: 'english', duration, text, ...rest, usage });
};
