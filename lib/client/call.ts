import { setTimeout as sleep } from 'node:timers/promises';
import { cancelOnAbort } from '../async/abort.js';
import type { Steps } from '../async/leavable.js';
import { ClosedError, CochleaError, LimitError } from '../errors.js';
import { type Address, type Addresses, restAfter } from '../services/addresses.js';
import type { EncodedItem } from '../worker/index.js';
import { type AskSetting, askedOf, failedTry } from './ask.js';
import { mayWorkAgain } from './failure.js';
import type { Reply } from './replies.js';
import type { Question } from './request.js';
import type { FailedClip } from './types.js';

/** What all calls of a client share. */
export interface CallSetting extends AskSetting {
  readonly addresses: Addresses;
  readonly retries: number;
  /** Aborts when the client is closed. */
  readonly closing: AbortSignal;
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
  readonly #setting: CallSetting;
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
  /** Whether a service said anything of a clip. */
  #answered = false;

  constructor(question: Question, setting: CallSetting, take: Take<Value>) {
    this.#question = question;
    this.#setting = setting;
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
    if (this.#setting.closing.aborted) throw new ClosedError('ERR_CLOSED', 'the client was closed');
  }

  async *#run(): AsyncGenerator<Outcome<Value>, void> {
    const { deadline } = this.#question;
    this.#end = performance.now() + deadline;
    const release = cancelOnAbort(this.#setting.closing, { cancel: () => this.#stop.abort() });
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
    const { addresses, retries } = this.#setting;
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
      const left = Math.max(1, Math.floor(this.#end - performance.now()));
      const body = this.#question.bodyFor(clips, left);
      for await (const reply of askedOf(address, body, clips.length, this.#setting, this.#stop.signal)) {
        const outcome = await this.#outcomeOf(clips[reply.index] as number, reply);
        if (outcome) yield outcome;
      }
      address.worked();
    } catch (thrown) {
      this.#checkOpen();
      if (this.#stop.signal.aborted) return;
      const { error, again, retryAfter } = failedTry(thrown, address);
      this.#failure = error;
      if (again) address.failed(error, retryAfter);
      // What was answered is not lost: the clips that are left have this error.
      else if (this.#answered) this.#tries = Infinity;
      else throw error;
    } finally {
      address.requests--;
    }
  }

  /** `undefined` if the clip is to be asked for again. */
  async #outcomeOf(index: number, reply: Reply): Promise<Outcome<Value> | undefined> {
    this.#answered = true;
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
    if (again && this.#tries <= this.#setting.retries) {
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
