import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AudioLoader, type AudioLoaderOptions } from '../../dist/load/index.js';
import { floatWav } from '../decode/wav.js';

/** What the tests of the cache, the queue and the sources share. */

export interface TestServer {
  readonly origin: string;
  /** Requests so far, by path. */
  readonly requests: Map<string, number>;
  /** Requests that are being answered, and the most that ever were. */
  readonly open: number;
  readonly mostOpen: number;
  close(): Promise<void>;
}

/** A server on the loopback address that counts. */
export async function serve(answer: RequestListener): Promise<TestServer> {
  const requests = new Map<string, number>();
  let [open, mostOpen] = [0, 0];
  const server = createServer((request, response) => {
    const path = request.url as string;
    requests.set(path, (requests.get(path) ?? 0) + 1);
    mostOpen = Math.max(mostOpen, ++open);
    response.once('close', () => open--);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get open() {
      return open;
    },
    get mostOpen() {
      return mostOpen;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A loader that may read the servers of these tests. */
export function localLoader(options: AudioLoaderOptions = {}): AudioLoader {
  return new AudioLoader({ allowHttp: true, allowPrivateAddresses: ['127.0.0.0/8'], ...options });
}

/** Sound that is another for each seed. */
export function sound(seconds: number, seed = 0, sampleRate = 16_000): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) => 0.5 * Math.sin(i / (5 + seed)));
}

export function wavOf(seconds: number, seed = 0, channels = 1, sampleRate = 16_000): Uint8Array {
  const each = Array.from({ length: channels }, (_, c) => sound(seconds, seed + 0.25 * c, sampleRate));
  return floatWav(each, sampleRate);
}

/** What is published on a channel of `cochlea:` while something is done. */
export async function published<Event>(name: string, during: () => Promise<unknown>): Promise<Event[]> {
  const events: Event[] = [];
  const note = (event: unknown): number => events.push(event as Event);
  subscribe(`cochlea:${name}`, note);
  try {
    await during();
  } finally {
    unsubscribe(`cochlea:${name}`, note);
  }
  return events;
}

/** All that can happen without an event from outside has happened. */
export const settled = (): Promise<void> => new Promise(setImmediate);

export function dataUrlOf(bytes: Uint8Array): string {
  return `data:audio/wav;base64,${Buffer.from(bytes).toString('base64')}`;
}
