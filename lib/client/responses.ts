import type { Steps } from '../async/leavable.js';
import { type CochleaError, ServiceFailedError } from '../errors.js';
import type { EncodedItem, EncodeError, EncodeResponse } from '../worker/index.js';
import type { Call, Outcome } from './call.js';
import type { Question } from './request.js';

/** The outcomes of a call as a worker says them, with one summary however many tries there were. */
export class Responses implements Steps<EncodeResponse> {
  readonly #call: Call<EncodedItem>;
  readonly #question: Question;
  #started = 0;
  #failed = 0;
  #tokens = 0;
  #duration = 0;
  #ended = false;

  constructor(call: Call<EncodedItem>, question: Question) {
    this.#call = call;
    this.#question = question;
  }

  async next(): Promise<EncodeResponse | undefined> {
    if (this.#ended) return undefined;
    this.#started ||= performance.now();
    const outcome = await this.#call.next();
    return outcome ? this.#response(outcome) : this.#summary();
  }

  close(): Promise<void> {
    return this.#call.close();
  }

  #response(outcome: Outcome<EncodedItem>): EncodeResponse {
    if ('error' in outcome) {
      this.#failed++;
      return { ...outcome, error: shownError(outcome.error) };
    }
    this.#tokens += outcome.value.tokens;
    this.#duration += outcome.value.duration;
    return outcome.value;
  }

  #summary(): EncodeResponse {
    this.#ended = true;
    const { id: request_id, ids } = this.#question;
    const milliseconds = performance.now() - this.#started;
    const counts = { items: ids.length, failed: this.#failed, tokens: this.#tokens, duration: this.#duration };
    return { summary: { request_id, ...counts, milliseconds } };
  }
}

function shownError(error: CochleaError): EncodeError {
  const { message, remedy, fault, retryable } = error;
  const code = (error instanceof ServiceFailedError && error.serviceCode) || error.code;
  return { code, message, remedy, fault, retryable };
}
