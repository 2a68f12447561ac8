import type { FastifyReply, FastifyRequest } from 'fastify';
import { AbortError, ClosedError, UnauthorizedError } from '../../errors.js';
import type { Settings } from '../options.js';
import { Meter } from './body.js';
import { Budget } from './budget.js';
import { Call } from './call.js';
import { Gate } from './gate.js';
import { Keys } from './keys.js';

/**
 * Takes requests in: who may, how many, for how long, with how large a body. All of it is decided before a body is read,
 * so that a refusal costs next to nothing.
 */
export class Desk {
  readonly gate: Gate;
  readonly bodies: Budget;
  readonly #settings: Settings;
  readonly #keys: Keys;
  /** Of each request for as long as it is known, which is longer than the call. */
  readonly #calls = new WeakMap<FastifyRequest, Call>();
  /** Those that have not ended. */
  readonly #open = new Set<Call>();
  #closing = false;

  constructor(settings: Settings) {
    const { limits, apiKeys } = settings;
    this.#settings = settings;
    this.gate = new Gate(limits.concurrency, limits.queue);
    this.#keys = new Keys(apiKeys);
    this.bodies = new Budget(limits.bodiesBytes);
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** @throws {UnauthorizedError} The request may not go on. */
  async authorize(request: FastifyRequest): Promise<void> {
    const { apiKeys, authenticate } = this.#settings;
    if (apiKeys.length === 0 && authenticate === undefined) return;
    if (this.#keys.accept(request.headers.authorization)) return;
    if (authenticate && (await authenticate(request))) return;
    throw new UnauthorizedError('ERR_UNAUTHORIZED', 'the request has no valid key');
  }

  /**
   * Begins a request that will work.
   *
   * @throws {ClosedError | BusyError} Not now.
   * @throws {AbortError} The client has gone.
   */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    if (this.#closing) throw new ClosedError('ERR_CLOSED', 'the service stops');
    this.gate.check(this.#open.size);
    const call = new Call(reply.raw, this.#settings.limits.timeout);
    if (call.signal.aborted) throw new AbortError();
    this.#calls.set(request, call);
    this.#open.add(call);
    call.atEnd(() => this.#open.delete(call));
  }

  callOf(request: FastifyRequest): Call {
    return this.#calls.get(request) as Call;
  }

  /** @throws {LimitError | BusyError} The body does not fit. */
  meter(request: FastifyRequest): Meter {
    return new Meter(request.headers, this.#settings.limits.bodyBytes, this.bodies, this.callOf(request));
  }

  /** The same error, or what the client should know of it instead. */
  reason(request: FastifyRequest, error: unknown): unknown {
    return this.#calls.get(request)?.reason(error) ?? error;
  }

  /**
   * Resolves to the signal of the request when it is its turn. Its place is free again when the answer was sent.
   *
   * @throws {AbortError} As `Gate.enter`.
   */
  async turn(request: FastifyRequest): Promise<AbortSignal> {
    const call = this.callOf(request);
    call.atEnd(await this.gate.enter(call.signal));
    return call.signal;
  }

  /** Takes no more requests, lets those that are here go on for the grace period, and then ends them. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#open.size === 0) return;
    const timer = setTimeout(() => {
      for (const call of this.#open) call.abort();
    }, this.#settings.grace);
    await Promise.all([...this.#open].map((call) => new Promise<void>((ended) => call.atEnd(ended))));
    clearTimeout(timer);
  }
}
