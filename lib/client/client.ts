import { type Agent, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Leavable } from '../async/leavable.js';
import { ClosedError } from '../errors.js';
import { type Address, Addresses, type AddressStats } from '../services/addresses.js';
import { TensorReceiver, type TransferMode } from '../transfer/index.js';
import type { EncodedItem, EncodeRequest, EncodeResponse } from '../worker/index.js';
import { Call, type CallSetting, type Outcome } from './call.js';
import { cleanFor } from './failure.js';
import { checkCallOptions, checkClientOptions } from './options.js';
import { type Question, questionOf, requestFor } from './request.js';
import { Responses } from './responses.js';
import type { ClipSource, EncodeCallOptions, EncodeClientOptions, FailedClip, ReceivedClip } from './types.js';

/**
 * Milliseconds that an idle connection is kept: shorter than the 5 s after which Node's own servers close theirs. Those
 * in use are not idle, to Node's agent.
 */
const longestIdle = 4000;

/**
 * Asks services of embeddings (`cochlea serve`), and takes the tensors. With several addresses it spreads its requests,
 * and what one of them does not answer is asked for at another one.
 *
 * It does nothing between requests, and nothing of it keeps a process alive.
 *
 * @example
 * await using client = new EncodeClient({ addresses: ['http://10.0.0.7:8000', 'http://10.0.0.8:8000'] });
 * for await (const response of client.generate({ items: [{ audio_url: 'https://example.com/talk.mp3' }] })) {
 *   console.log(response);
 * }
 */
export class EncodeClient implements AsyncDisposable {
  readonly #timeout: number;
  readonly #addresses: Addresses;
  readonly #setting: CallSetting;
  readonly #agents: readonly Agent[];
  readonly #receiver: TensorReceiver;
  readonly #ownsReceiver: boolean;
  readonly #stop = new AbortController();
  #closing: Promise<void> | undefined;

  /**
   * @throws {TypeError} An option is of the wrong type, or unknown; an address is none, or has a password.
   * @throws {RangeError} A number is out of range.
   */
  constructor(options: EncodeClientOptions) {
    const { addresses, apiKey, receiver, timeout, retries, connections, maxLineBytes } = checkClientOptions(options);
    const pool = { keepAlive: true, maxSockets: connections, timeout: longestIdle };
    const http = new HttpAgent(pool);
    const https = new HttpsAgent(pool);
    this.#agents = [http, https];
    this.#timeout = timeout;
    this.#addresses = new Addresses(addresses);
    const agentFor = ({ isSecure }: Address): Agent => (isSecure ? https : http);
    const { signal: closing } = this.#stop;
    const clean = cleanFor(apiKey);
    this.#setting = { addresses: this.#addresses, retries, maxLineBytes, apiKey, clean, closing, agentFor };
    this.#ownsReceiver = receiver === undefined;
    this.#receiver = receiver ?? new TensorReceiver({ origins: addresses.map(({ origin }) => origin) });
  }

  /** What is known of each address. */
  get stats(): readonly AddressStats[] {
    return this.#addresses.all.map(({ stats }) => stats);
  }

  /**
   * Asks for embeddings, and gives what the service answers: a response for each clip, as soon as it is there, and one
   * summary at last. A reader who is slow slows the service down. Leaving the loop stops the service.
   *
   * @param request As for `EncodeWorker.generate`. `bytes` may be bytes in memory or a `Blob`: leave them as they are
   *   until the end.
   * @throws {RequestInvalidError} The request is malformed (at the call).
   * @throws {ClosedError} The client was closed (at the call).
   * @returns An iterable that rejects with
   * - `AbortError`: `signal` aborted;
   * - `UnauthorizedError`, `RequestInvalidError` and others with which the service refuses the request for good;
   * - `TransferTooLargeError`: a line of the answer is longer than `maxLineBytes`;
   * - `ClosedError`: the client was closed.
   *
   *   All else that goes wrong is the response of a clip: its `error`. With `ERR_SERVICE_FAILED` or `ERR_BUSY` no service
   *   could answer, with `ERR_AUDIO_LIMIT` the time was over.
   */
  generate(request: EncodeRequest, options: EncodeCallOptions = {}): AsyncGenerator<EncodeResponse, void, undefined> {
    const { signal, transfer } = checkCallOptions(options);
    const question = this.#question(request, transfer);
    const call = new Call(question, this.#setting, async (item) => item);
    return new Leavable<EncodeResponse>(new Responses(call, question), signal);
  }

  /**
   * The embeddings of one clip, in this process.
   *
   * @param source An address or a data URL, which the service reads, or bytes, which are sent.
   * @throws As `generate`, and in addition the error of the clip, or of taking its tensor.
   */
  embed(source: ClipSource, options?: EncodeCallOptions): Promise<ReceivedClip>;
  /**
   * The embeddings of all clips of a request, in this process and in the order of the request. A clip that failed has
   * `error` instead of `tensor`.
   *
   * @throws As `generate`.
   */
  embed(request: EncodeRequest, options?: EncodeCallOptions): Promise<(ReceivedClip | FailedClip)[]>;
  async embed(
    given: ClipSource | EncodeRequest,
    options: EncodeCallOptions = {},
  ): Promise<ReceivedClip | (ReceivedClip | FailedClip)[]> {
    const { signal, transfer } = checkCallOptions(options);
    const single = requestFor(given);
    const question = this.#question(single ?? (given as EncodeRequest), transfer);
    const call = new Call(question, this.#setting, (item, stop) => this.#receive(item, stop));
    const clips = await collected(new Leavable(call, signal));
    const [first] = clips;
    if (single === undefined || first === undefined) return clips;
    if ('error' in first) throw first.error;
    return first;
  }

  /** Ends the requests that are under way: their callers get a `ClosedError`. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #question(request: EncodeRequest, transfer: TransferMode | undefined): Question {
    const question = questionOf(request, this.#timeout, transfer);
    if (this.#closing) throw new ClosedError('ERR_CLOSED', 'the client was closed');
    return question;
  }

  async #receive({ transfer, request: _, ...facts }: EncodedItem, signal: AbortSignal): Promise<ReceivedClip> {
    const received = await this.#receiver.receive(transfer, { signal });
    const release = (): Promise<void> => received.release();
    return { ...facts, tensor: received.tensor, release, [Symbol.asyncDispose]: release };
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    for (const agent of this.#agents) agent.destroy();
    if (this.#ownsReceiver) await this.#receiver.close();
  }
}

/** In the order of the request. What was received before the call failed is freed. */
async function collected(outcomes: AsyncIterable<Outcome<ReceivedClip>>): Promise<(ReceivedClip | FailedClip)[]> {
  const clips: (ReceivedClip | FailedClip)[] = [];
  try {
    for await (const outcome of outcomes) clips[outcome.index] = 'error' in outcome ? outcome : outcome.value;
    return clips;
  } catch (error) {
    await Promise.all(clips.map((clip) => ('error' in clip ? undefined : clip.release())));
    throw error;
  }
}
