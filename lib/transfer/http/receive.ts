import type { Readable } from 'node:stream';
import type { Agent } from 'undici/index.js';
import { cancelOnAbort } from '../../async/abort.js';
import { undici } from '../../async/undici.js';
import {
  AbortError,
  CochleaError,
  TransferExpiredError,
  TransferFailedError,
  TransferRefusedError,
} from '../../errors.js';
import type { Tensor } from '../../tensors/tensor.js';
import { corrupt, fromSafetensors, mostHeaderBytes } from '../arrived.js';
import type { HttpDescriptor } from '../types.js';

/** Milliseconds that an idle connection is kept: shorter than the 5 s after which Node's own servers close theirs. */
const keepAlive = 4000;

/** Fetches tensors from the origins that are allowed. Owns the sockets. */
export class HttpFetcher {
  readonly #origins: ReadonlySet<string>;
  readonly #timeout: number;
  /** Made with the first tensor. */
  #agent: Agent | undefined;
  /** Senders that are being told. */
  readonly #telling = new Set<Promise<unknown>>();

  /** `timeout`: milliseconds for a tensor. */
  constructor(origins: readonly string[], timeout: number) {
    this.#origins = new Set(origins);
    this.#timeout = timeout;
  }

  /** The tensor in memory of its own. The sender is told that it was received, which nobody waits for but `close`. */
  async receive(descriptor: HttpDescriptor, signal: AbortSignal | undefined): Promise<Tensor> {
    const url = this.#allowed(descriptor.url);
    const bytes = await this.#within(signal, (stop) => this.#fetch(url, descriptor, stop));
    const tensor = await fromSafetensors(bytes, descriptor, signal);
    this.#tell(url);
    return tensor;
  }

  async close(): Promise<void> {
    await Promise.all(this.#telling);
    await this.#agent?.close();
  }

  get #connections(): Agent {
    const { Agent: Connections } = undici();
    this.#agent ??= new Connections({ keepAliveTimeout: keepAlive });
    return this.#agent;
  }

  #allowed(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !this.#origins.has(url.origin) || url.username !== '' || url.password !== '') {
      const message = `tensors are not fetched from ${url?.origin ?? 'what is no address'}: see the origins of the receiver`;
      throw new TransferRefusedError('ERR_TRANSFER_REFUSED', message);
    }
    return url;
  }

  async #fetch(url: URL, descriptor: HttpDescriptor, signal: AbortSignal): Promise<Uint8Array> {
    const { origin, pathname, search } = url;
    const answer = await this.#connections.request({ origin, path: `${pathname}${search}`, method: 'GET', signal });
    const { statusCode, headers, body } = answer;
    if (statusCode !== 200) {
      await body.dump();
      const gone = statusCode === 404 || statusCode === 410;
      if (gone) throw new TransferExpiredError('ERR_TRANSFER_EXPIRED', 'the tensor is no longer at its address');
      throw new Error(`the answer is ${statusCode}`);
    }
    const length = Number(headers['content-length']);
    if (!(length >= descriptor.size && length <= descriptor.size + mostHeaderBytes)) {
      body.on('error', () => {}).destroy();
      throw corrupt(`the body has ${headers['content-length']} bytes, for a tensor of ${descriptor.size}`);
    }
    return collected(body, length);
  }

  async #within<Value>(signal: AbortSignal | undefined, run: (stop: AbortSignal) => Promise<Value>): Promise<Value> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), this.#timeout);
    const release = signal && cancelOnAbort(signal, { cancel: () => stop.abort() });
    try {
      if (signal?.aborted) throw new AbortError(signal.reason);
      return await run(stop.signal);
    } catch (cause) {
      if (signal?.aborted) throw new AbortError(signal.reason);
      if (cause instanceof CochleaError) throw cause;
      const why = stop.signal.aborted ? `it took longer than ${this.#timeout} ms` : (cause as Error).message;
      throw new TransferFailedError('ERR_TRANSFER_FAILED', `the tensor cannot be fetched: ${why}`, { cause });
    } finally {
      clearTimeout(timer);
      release?.();
    }
  }

  /** If it fails, the lease of the sender ends by itself. */
  #tell({ origin, pathname, search }: URL): void {
    const told = this.#within(undefined, async (signal) => {
      const { body } = await this.#connections.request({
        origin,
        path: `${pathname}${search}`,
        method: 'DELETE',
        signal,
      });
      await body.dump();
    })
      .catch(() => {})
      .finally(() => this.#telling.delete(told));
    this.#telling.add(told);
  }
}

/**
 * A body of this length, which undici holds it to. By events: iterating takes half as long again for 6 MB, since each of
 * its hundred chunks waits for a turn of its own.
 */
function collected(body: Readable, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  return new Promise((resolve, reject) => {
    body.on('data', (chunk: Uint8Array) => {
      bytes.set(chunk, offset);
      offset += chunk.length;
    });
    body.on('end', () => resolve(bytes));
    body.on('error', reject);
  });
}
