import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import type { FetchFailedError } from '../../dist/index.js';
import { AudioLoader, type AudioLoaderOptions, type FetchOptions } from '../../dist/load/index.js';
import { until } from '../concurrency/long-audio.js';
import { errorOf } from '../safe/outcome.js';

/** Servers on the loopback that may lie, and loaders that ask them. */

export type Handler = (request: IncomingMessage, response: ServerResponse, number: number) => void;

export interface Served {
  readonly url: string;
  /** What was asked for, in order. */
  readonly requests: IncomingMessage[];
  /** Connections: made in all, open now, most at a time. */
  readonly connections: { made: number; open: number; most: number };
}

/** Listens until the test is done, and then checks that nobody is connected any more. */
export async function serve(handler: Handler): Promise<Served> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handler(request, response, requests.length);
  });
  server.keepAliveTimeout = 60_000;
  return { requests, ...(await listen(server)) };
}

/** Counts the connections of any server. */
export async function listen(server: Server): Promise<Omit<Served, 'requests'>> {
  const connections = { made: 0, open: 0, most: 0 };
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.made++;
    connections.open++;
    connections.most = Math.max(connections.most, connections.open);
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      connections.open--;
      sockets.delete(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    try {
      await until(() => connections.open === 0);
    } finally {
      server.close();
      for (const socket of sockets) socket.destroy();
    }
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections };
}

/** Answers with exactly these bytes, whatever HTTP says, and then does as told. */
export function raw(text: string | Uint8Array, then: 'end' | 'reset' | 'stall' = 'end'): Handler {
  return ({ socket }) => {
    socket.write(text, () => {
      if (then === 'end') socket.end();
      // After what was written has arrived: a reset overtakes it.
      if (then === 'reset') setTimeout(() => socket.resetAndDestroy(), 30);
    });
  };
}

/** A loader that may ask the loopback; after the test, all places of it must be free. */
export function lenientLoader(fetch: FetchOptions = {}, options: AudioLoaderOptions = {}): AudioLoader {
  const loader = new AudioLoader({ allowHttp: true, allowPrivateAddresses: true, fetch, ...options });
  onTestFinished(async () => {
    await until(() => loader.stats().loading === 0 && loader.stats().waiting === 0);
    await loader.close();
  });
  return loader;
}

/** What a load of the address fails with. */
export async function failureOf(loader: AudioLoader, url: string): Promise<FetchFailedError> {
  const error = await errorOf(loader.load(url));
  expect(loader.stats()).toMatchObject({ loading: 0, waiting: 0 });
  return error as FetchFailedError;
}
