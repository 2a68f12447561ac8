import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Tensor } from '../../dist/index.js';
import { InlineSender } from '../../dist/transfer/index.js';
import type { EncodeResponse } from '../../dist/worker/index.js';

/** What a service was asked. */
export interface Asked {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly deadline_ms: number;
  readonly [field: string]: unknown;
}

export async function listening(handler: RequestListener): Promise<{ server: Server; address: string }> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export async function all(responses: AsyncIterable<EncodeResponse>): Promise<EncodeResponse[]> {
  const list: EncodeResponse[] = [];
  for await (const response of responses) list.push(response);
  return list;
}

/** Answers with an error, as a service does. */
export function refuse(response: ServerResponse, status: number, error: Readonly<Record<string, unknown>>): void {
  const all = { message: 'no', remedy: 'Stop.', fault: 'client', retryable: false, request_id: '1', ...error };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: all }));
}

/** A service until the end of the test, and its address. */
export async function serve(handler: RequestListener): Promise<string> {
  const { server, address } = await listening(handler);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return address;
}

export type Answer = (
  asked: Asked,
  response: ServerResponse,
  request: IncomingMessage,
  /** How often it was asked before. */
  before: number,
) => unknown;

/** A service that answers as it is told, and what it was asked. */
export async function told(answer: Answer): Promise<{ address: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const address = await serve(async (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(404).end();
    const text = await textOf(request);
    asked.push(JSON.parse(text));
    await answer(asked.at(-1) as Asked, response, request, asked.length - 1);
  });
  return { address, asked };
}

/** An address at which nobody listens. */
export async function nobody(): Promise<string> {
  const { server, address } = await listening(() => {});
  await new Promise((resolve) => server.close(resolve));
  return address;
}

export const ndjson = { 'content-type': 'application/x-ndjson' };
const sender = new InlineSender();

/** The line of a clip. Its embeddings say which clip it is, by what its address ends with. */
export async function clipLine(index: number, { audio_url }: Readonly<Record<string, unknown>>): Promise<string> {
  return lineOf(index, { data: Float32Array.of(numberIn(audio_url), 0), shape: [1, 2], dtype: 'float32' });
}

export async function lineOf(index: number, tensor: Tensor): Promise<string> {
  const { descriptor } = await sender.send(tensor);
  const line = {
    index,
    embeddings_shape: tensor.shape,
    embedding_dtype: tensor.dtype,
    tokens: tensor.shape[0],
    duration: 2,
    content_id: '0123456789abcdef',
    transfer: descriptor,
    timings: { load_ms: 1, embed_ms: 2, transfer_ms: 3 },
    warnings: [],
  };
  return `${JSON.stringify(line)}\n`;
}

export function errorLine(index: number, code: string, retryable: boolean, message = 'why'): string {
  return `${JSON.stringify({ index, error: { code, message, fault: retryable ? 'server' : 'client', retryable } })}\n`;
}

export const summaryLine = `${JSON.stringify({ summary: { request_id: 'theirs', items: 99, failed: 99 } })}\n`;

/** Answers all that it is asked. */
export async function answerAll(asked: Asked, response: ServerResponse): Promise<void> {
  response.writeHead(200, ndjson);
  for (const [index, item] of asked.items.entries()) response.write(await clipLine(index, item));
  response.end(summaryLine);
}

/** Clips whose embeddings say which one they are. */
export function clips(count: number): { readonly audio_url: string; readonly id: string }[] {
  return Array.from({ length: count }, (_, i) => ({ audio_url: `https://example.com/${i}`, id: `clip ${i}` }));
}

export function numberIn(address: unknown): number {
  return Number(String(address).split('/').at(-1));
}
