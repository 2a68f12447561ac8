import type { Agent, IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { cancelOnAbort } from '../async/abort.js';
import type { Steps } from '../async/leavable.js';
import { ClosedError, CochleaError, LimitError, ServiceFailedError } from '../errors.js';
import { nodeProducer } from '../producers/node_stream.js';
import type { EncodedItem } from '../worker/index.js';
import { type Address, type Addresses, restAfter } from './addresses.js';
import { type Clean, FailedTry, failedAnswer, mayWorkAgain } from './failure.js';
import { post } from './post.js';
import { type Reply, repliesOf } from './replies.js';
import type { Question } from './request.js';
import type { FailedClip } from './types.js';

/** What all calls of a client share. */
export interface Line {
  readonly addresses: Addresses;
  readonly retries: number;
  readonly maxLineBytes: number;
  readonly apiKey: string | undefined;
  readonly clean: Clean;
  /** Aborts when the client is closed. */
  readonly closing: AbortSignal;
  agentFor(address: Address): Agent;
}

/** What became of a clip. */
export type Outcome<Value> = { readonly index: number; readonly value: Value } | FailedClip;

/** Does something with what a service answered, such as fetching the tensor. Its failures are those of the clip. */
export type Take<Value> = (item: EncodedItem, stop: AbortSignal) => Promise<Value>;

/** After these, the tensor has to be made anew. */
const lost = ['ERR_TRANSFER_EXPIRED', 'ERR_TRANSFER_CORRUPT'];

/**
 * One request, with all of its tries: the outcomes of its clips, each as soon as it is there. A try asks for the clips
 * that have no outcome yet. It begins when the first outcome is asked for, and reads no further than it is asked to.
 *
 * It owns its connection and its timer; `close` gives both back. All of it runs on the event loop of its caller.
 */
export class Call<Value> implements Steps<Outcome<Value>> {
  readonly #question: Question;
  readonly #line: Line;
  readonly #take: Take<Value>;
  readonly #outcomes: AsyncGenerator<Outcome<Value>, void>;
  /** Ends all that the request waits for. */
  readonly #stop = new AbortController();
  /** Clips without an outcome, and why they failed when they were asked for last. */
  readonly #open: Map<number, CochleaError | undefined>;
  /** How often each address was asked. */
  readonly #tried = new Map<Address, number>();
  #tries = 0;
  /** Of the last try as a whole. */
  #failure: CochleaError | undefined;
  /** Of `performance.now()`. */
  #end = 0;
  #expired = false;
  #done = false;

  constructor(question: Question, line: Line, take: Take<Value>) {
    this.#question = question;
    this.#line = line;
    this.#take = take;
    this.#open = new Map(question.ids.map((_, index) => [index, undefined]));
    this.#outcomes = this.#run();
  }

  async next(): Promise<Outcome<Value> | undefined> {
    this.#checkOpen();
    const { value, done } = await this.#outcomes.next();
    if (done) this.#done = true;
    return value || undefined;
  }

  async close(): Promise<void> {
    // What ended by itself has given its connection back.
    if (!this.#done) this.#stop.abort();
    await this.#outcomes.return();
  }

  /** @throws {ClosedError} */
  #checkOpen(): void {
    if (this.#line.closing.aborted) throw new ClosedError('ERR_CLOSED', 'the client was closed');
  }

  async *#run(): AsyncGenerator<Outcome<Value>, void> {
    const { deadline } = this.#question;
    this.#end = performance.now() + deadline;
    const release = cancelOnAbort(this.#line.closing, { cancel: () => this.#stop.abort() });
    const timer = setTimeout(() => {
      this.#expired = true;
      this.#stop.abort();
      // A reader who forgot to leave holds nothing longer than this.
      release();
    }, deadline);
    try {
      for (let address = await this.#turn(); address; address = await this.#turn()) {
        yield* this.#ask(address);
        if (this.#open.size === 0) return;
      }
      yield* this.#leftOver();
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  /** The address to ask now, when it may be asked; `undefined` if there is no time or no try left. */
  async #turn(): Promise<Address | undefined> {
    const { addresses, retries } = this.#line;
    const { signal } = this.#stop;
    // Before the same address is asked again.
    const rested = performance.now() + (this.#tries > 0 ? restAfter(this.#tries) : 0);
    while (this.#tries <= retries && !signal.aborted) {
      const address = addresses.best(this.#tried);
      const start = Math.max(address.aside, this.#tried.has(address) ? rested : 0);
      const wait = start - performance.now();
      if (wait <= 0) return address;
      if (start >= this.#end) {
        this.#failure ??= address.failure;
        break;
      }
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
    this.#checkOpen();
    return undefined;
  }

  async *#ask(address: Address): AsyncGenerator<Outcome<Value>, void> {
    this.#tries++;
    this.#tried.set(address, (this.#tried.get(address) ?? 0) + 1);
    const clips = [...this.#open.keys()];
    address.requests++;
    try {
      const answer = await this.#post(address, clips);
      for await (const reply of this.#read(answer, clips.length)) {
        const outcome = await this.#outcomeOf(clips[reply.index] as number, reply);
        if (outcome) yield outcome;
      }
      address.worked();
    } catch (thrown) {
      this.#checkOpen();
      if (this.#stop.signal.aborted) return;
      const { error, again, retryAfter } = failedTry(thrown, address);
      if (!again) throw error;
      address.failed(error, retryAfter);
      this.#failure = error;
    } finally {
      address.requests--;
    }
  }

  async #post(address: Address, clips: readonly number[]): Promise<IncomingMessage> {
    const { apiKey, clean } = this.#line;
    const left = Math.max(1, Math.floor(this.#end - performance.now()));
    const answer = await post({
      url: address.url,
      agent: this.#line.agentFor(address),
      headers: {
        accept: 'application/x-ndjson',
        'content-type': 'application/json',
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      },
      body: this.#question.bodyFor(clips, left),
      signal: this.#stop.signal,
    });
    if (answer.statusCode !== 200) throw await failedAnswer(answer, address.name, clean);
    if (/^application\/x-ndjson\b/i.test(answer.headers['content-type'] ?? '')) return answer;
    answer.on('error', () => {}).destroy();
    const message = `${address.name} answers something else than application/x-ndjson: is this a service of Cochlea?`;
    throw new FailedTry(new ServiceFailedError(message, { status: 200 }), true);
  }

  async *#read(answer: IncomingMessage, clips: number): AsyncGenerator<Reply, void> {
    const { maxLineBytes, clean } = this.#line;
    const producer = nodeProducer(answer);
    let whole = false;
    try {
      yield* repliesOf(producer, { clips, maxLineBytes, clean });
      whole = true;
    } finally {
      if (whole) finish(answer);
      else producer.stop();
    }
  }

  /** `undefined` if the clip is to be asked for again. */
  async #outcomeOf(index: number, reply: Reply): Promise<Outcome<Value> | undefined> {
    const id = this.#question.ids[index];
    const name = { index, ...(id !== undefined && { id }) };
    if ('error' in reply) return this.#failed(name, reply.error, mayWorkAgain(reply.error));
    try {
      const { request } = reply.item;
      const more = request && { request: this.#question.restored(request) };
      const value = await this.#take({ ...reply.item, ...more, ...name }, this.#stop.signal);
      this.#open.delete(index);
      return { index, value };
    } catch (error) {
      if (!(error instanceof CochleaError)) throw error;
      return this.#failed(name, error, error.retryable || lost.includes(error.code));
    }
  }

  #failed(name: Omit<FailedClip, 'error'>, error: CochleaError, again: boolean): FailedClip | undefined {
    if (again && this.#tries <= this.#line.retries) {
      this.#open.set(name.index, error);
      return undefined;
    }
    this.#open.delete(name.index);
    return { ...name, error };
  }

  /** Clips for which no time or no try is left. */
  *#leftOver(): Generator<FailedClip, void> {
    const { ids, deadline } = this.#question;
    for (const [index, last] of this.#open) {
      this.#open.delete(index);
      const id = ids[index];
      yield { index, ...(id !== undefined && { id }), error: last ?? this.#reason(deadline) };
    }
  }

  #reason(deadline: number): CochleaError {
    const cause = this.#failure;
    if (cause && !this.#expired) return cause;
    const message = `the clip was not done within ${deadline} ms`;
    return new LimitError(message, 'timeout', deadline, deadline, cause && { cause });
  }
}

/** Whatever a try ended with. Mistakes of the caller and of ours are no failures of the service. */
function failedTry(thrown: unknown, { name }: Address): FailedTry {
  if (thrown instanceof FailedTry) return thrown;
  if (thrown instanceof CochleaError) return new FailedTry(thrown, false);
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === undefined || thrown instanceof TypeError) throw thrown;
  const message = `${name} cannot be asked, or its answer does not end: ${code}`;
  return new FailedTry(new ServiceFailedError(message, { cause: thrown }), true);
}

/** Milliseconds. */
const longestEnd = 1000;

/** After the summary nothing comes but the end, with which the connection is free for the next request. */
function finish(answer: IncomingMessage): void {
  const timer = setTimeout(() => answer.destroy(), longestEnd).unref();
  answer.once('close', () => clearTimeout(timer));
  answer.removeAllListeners('readable');
  answer.resume();
}
