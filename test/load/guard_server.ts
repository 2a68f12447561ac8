import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import { type AddressInfo, createServer, type LookupFunction } from 'node:net';
import { afterAll, expect } from 'vitest';
import type { Fault } from '../../dist/index.js';
import { AudioLoader, type AudioLoaderOptions } from '../../dist/load/index.js';
import { errorOf } from '../safe/outcome.js';
import { toneWav } from '../safe/sounds.js';

export const tone = toneWav(0.1);

/** A site on this machine, and what it was asked for. It serves a tone everywhere, unless told otherwise. */
export class Site {
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  connections = 0;
  readonly #server: Server;

  private constructor(serve: RequestListener) {
    this.#server = createHttpServer((request, response) => {
      this.requests.push({ url: String(request.url), headers: request.headers });
      serve(request, response);
    });
    this.#server.on('connection', () => this.connections++);
    afterAll(() => {
      this.#server.closeAllConnections();
      this.#server.close();
    });
  }

  static async open(serve: RequestListener = (_, response) => response.end(tone), host = '127.0.0.1'): Promise<Site> {
    const site = new Site(serve);
    site.#server.listen(0, host);
    await once(site.#server, 'listening');
    return site;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What was asked for, in order. */
  get paths(): string[] {
    return this.requests.map(({ url }) => url);
  }

  forget(): void {
    this.requests.length = 0;
  }
}

/** Listens where nothing may ever connect to, and counts what does. */
export class Trap {
  connections = 0;
  readonly #server = createServer((socket) => {
    this.connections++;
    socket.destroy();
  });

  /** @param host Default: all addresses of this machine, of both families if it has both. */
  static async open(host?: string, port = 0): Promise<Trap> {
    const trap = new Trap();
    trap.#server.listen(port, host);
    await once(trap.#server, 'listening');
    afterAll(() => void trap.#server.close());
    return trap;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
}

/** Looks up names in a table of addresses, and counts. */
export function countingLookup(names: Readonly<Record<string, readonly string[]>>): {
  lookup: LookupFunction;
  asked: string[];
} {
  const asked: string[] = [];
  const lookup: LookupFunction = (name, _, callback) => {
    asked.push(name);
    const found = (names[name] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (found.length > 0) callback(null, found);
    else callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
  };
  return { lookup, asked };
}

/** A loader that is closed after the tests of the file. */
export function openLoader(options: AudioLoaderOptions): AudioLoader {
  const loader = new AudioLoader(options);
  afterAll(() => loader.close());
  return loader;
}

/** Fails unless it is a refusal for this reason, with all that belongs to one. Secrets of the tests are named so. */
export async function expectRefusal(
  outcome: Promise<unknown>,
  reason: string,
  fault: Fault = 'client',
): Promise<Error> {
  const error = await errorOf(outcome);
  expect(error).toMatchObject({ name: 'FetchRefusedError', code: 'ERR_FETCH_REFUSED', reason });
  expect(error).toMatchObject({ fault, retryable: false, label: expect.stringMatching(/^.{1,120}$/) });
  expect(`${error.label} ${error.message}`).not.toMatch(/secret/i);
  return error;
}
