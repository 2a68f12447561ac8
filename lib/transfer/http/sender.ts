import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { optionsOf, typeError } from '../../checks.js';
import { writeSafetensors } from '../../tensors/safetensors.js';
import type { Tensor } from '../../tensors/tensor.js';
import { checkTensor, factsOf } from '../describe.js';
import { tracedSend } from '../diagnostics.js';
import { type Lease, Leases, sentTensor } from '../leases.js';
import { type CheckedSend, checkMaxBytes, checkSendOptions, defaultHeldBytes } from '../options.js';
import type { HeldTensors, HttpDescriptor, SendOptions, SentTensor, TensorSender } from '../types.js';
import { answer, type Held, refuse } from './answer.js';

/** What is fixed where a `HttpSender` is made. */
export interface HttpSenderOptions {
  /**
   * Address of the tensors as receivers reach it, without the id of a tensor: `http://10.0.0.7:8000/v1/tensors`. Its path
   * is what `handle` answers.
   */
  readonly url: string | URL;
  /** Bytes of all tensors that wait for their receivers. Default: 512 MiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * Hands tensors over by HTTP: `GET` of an address that nobody can guess gives a safetensors file, `DELETE` says that it
 * was received. For receivers on other hosts, in any language.
 *
 * It is no server: mount `handle` in yours. The elements are not copied: leave the tensor as it is until `completed`
 * resolves. Whoever knows the address can fetch the tensor: send descriptors by ways that you trust.
 *
 * @example
 * const sender = new HttpSender({ url: 'http://10.0.0.7:8000/v1/tensors' });
 * createServer((request, response) => {
 *   if (!sender.handle(request, response)) response.writeHead(404).end();
 * }).listen(8000);
 */
export class HttpSender implements TensorSender<HttpDescriptor> {
  /** How the tensors get there. */
  readonly mode = 'http';
  readonly #url: string;
  readonly #path: string;
  readonly #leases: Leases;
  readonly #tensors = new Map<string, Held & { readonly lease: Lease }>();

  /** @throws {TypeError | RangeError} An option is wrong. */
  constructor(options: HttpSenderOptions) {
    const { url, maxBytes = defaultHeldBytes } = optionsOf('options', options, ['url', 'maxBytes']);
    const { origin, pathname } = addressOf(url);
    this.#path = pathname.replace(/\/+$/, '');
    this.#url = `${origin}${this.#path}`;
    this.#leases = new Leases(checkMaxBytes(maxBytes));
  }

  get held(): HeldTensors {
    return this.#leases.held;
  }

  async send(given: Tensor, options: SendOptions = {}): Promise<SentTensor<HttpDescriptor>> {
    const request = checkSendOptions(options);
    const tensor = checkTensor(given);
    return tracedSend('http', tensor, () => this.#send(tensor, request));
  }

  async #send(tensor: Tensor, { lease: seconds, signal }: CheckedSend): Promise<SentTensor<HttpDescriptor>> {
    const room = this.#leases.reserve(tensor.data.byteLength);
    try {
      const facts = await factsOf(tensor, signal);
      const id = randomBytes(16).toString('base64url');
      const lease = room.begin(seconds, () => void this.#tensors.delete(id));
      this.#tensors.set(id, { lease, parts: [...writeSafetensors({ embeddings: tensor })], digest: facts.digest });
      const descriptor = { mode: 'http', ...facts, expires_at: lease.expiresAt, url: `${this.#url}/${id}` } as const;
      return sentTensor(descriptor, lease);
    } catch (error) {
      room.giveBack();
      throw error;
    }
  }

  /**
   * Answers a request for a tensor: `GET`, with `Range` or without, `HEAD`, and `DELETE`. What is not there any more, or
   * never was, is 404. A receiver that leaves in the middle may ask again until the lease is over.
   *
   * @param request Of Node's `http`, `https` or what builds on them, such as Express. Its `originalUrl` counts, if it has one.
   * @returns Whether the address is one of a tensor. If not, nothing was done.
   */
  handle(request: IncomingMessage & { readonly originalUrl?: string }, response: ServerResponse): boolean {
    const [path = ''] = (request.originalUrl ?? request.url ?? '').split('?', 1);
    if (!path.startsWith(`${this.#path}/`)) return false;
    const held = this.#tensors.get(path.slice(this.#path.length + 1));
    if (held === undefined) refuse(response, 404, 'The tensor is no longer there.');
    else if (request.method === 'DELETE') {
      held.lease.end('received');
      response.writeHead(204).end();
    } else answer(request, response, held);
    return true;
  }

  close(): Promise<void> {
    return this.#leases.close();
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function addressOf(url: unknown): URL {
  const text = url instanceof URL ? url.href : url;
  if (typeof text !== 'string' || !URL.canParse(text))
    throw typeError('options.url', 'an http: or https: address', url);
  const address = new URL(text);
  if (!/^https?:$/.test(address.protocol)) throw typeError('options.url', 'an http: or https: address', text);
  if (address.search || address.hash) throw typeError('options.url', 'an address without ? and #', text);
  if (address.username || address.password) throw typeError('options.url', 'an address without a password', '***');
  return address;
}
