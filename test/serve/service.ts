import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { AudioLoader, type AudioLoaderOptions } from '../../dist/load/index.js';
import { cochleaServe, type ServeOptions } from '../../dist/serve/index.js';
import type { TensorSender } from '../../dist/transfer/index.js';
import type { EncodeWorker } from '../../dist/worker/index.js';
import { freePort } from '../free_port.js';
import { fixtures } from '../tower/reference.js';

/** A service on loopback, and what it is made of. */
export interface Service {
  readonly app: FastifyInstance;
  readonly loader: AudioLoader;
  readonly url: string;
  /** The lines of its log, as objects. */
  readonly log: Record<string, unknown>[];
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServiceOptions extends Partial<Omit<ServeOptions, 'loader' | 'transfers' | 'worker'>> {
  readonly prefix?: string;
  readonly worker?: (loader: AudioLoader) => EncodeWorker | Promise<EncodeWorker>;
  readonly transfers?: (url: string) => readonly TensorSender[];
  readonly load?: AudioLoaderOptions;
  /** Registered before the plugin. */
  readonly host?: (app: FastifyInstance) => Promise<void>;
  readonly server?: FastifyServerOptions;
  /** Default: a free one. */
  readonly port?: number;
}

export async function service(given: ServiceOptions = {}): Promise<Service> {
  const { load, host, server, worker, transfers, port = await freePort(), ...options } = given;
  const log: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void log.push(JSON.parse(line)) };
  const app = fastify({
    forceCloseConnections: true,
    logger: { level: 'debug', stream },
    ...server,
  }) as unknown as FastifyInstance;
  const loader = new AudioLoader(load);
  await host?.(app);
  const url = `http://127.0.0.1:${port}${options.prefix ?? ''}`;
  await app.register(cochleaServe, { loader, worker: worker?.(loader), transfers: transfers?.(url), ...options });
  await app.listen({ port });
  const dispose = async () => {
    await app.close();
    await loader.close();
  };
  return { app, loader, url, log, [Symbol.asyncDispose]: dispose };
}

export const speechFile = join(fixtures, 'speech/speech.mp3');
export const speech = readFileSync(speechFile);

/** A form with one file, and fields. */
export function form(fields: Readonly<Record<string, string>> = {}, files: readonly Uint8Array[] = [speech]): FormData {
  const body = new FormData();
  // As OpenAI's SDK has it: the file before the fields.
  for (const file of files) body.append('file', new Blob([file]), 'talk.mp3');
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return body;
}

export function post(url: string, body: BodyInit | object, headers: Record<string, string> = {}): Promise<Response> {
  const json = !(body instanceof FormData || body instanceof Uint8Array || body instanceof ReadableStream);
  return fetch(url, {
    method: 'POST',
    body: json ? JSON.stringify(body) : (body as BodyInit),
    headers: { ...(json && { 'content-type': 'application/json' }), ...headers },
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  } as RequestInit);
}

export async function errorOf(response: Response): Promise<Record<string, unknown>> {
  return ((await response.json()) as { error: Record<string, unknown> }).error;
}
