import type { Steps } from '../async/leavable.js';
import { Semaphore } from '../async/semaphore.js';
import { AbortError, CochleaError, InternalError, LimitError } from '../errors.js';
import type { SentTensor } from '../transfer/index.js';
import type { CheckedRequest, EncodeSummary, FailedItem, Item, ItemFacts } from './types.js';

/** A response, and the tensor on its way that belongs to it. */
export interface Outcome<Clip> {
  readonly response: Clip;
  readonly sent?: SentTensor | undefined;
}

/** An outcome that nobody has read yet, and its place among those. */
type Ready<Clip> = Outcome<Clip | FailedItem> & { readonly leave: () => void };

/** Encodes one clip, or rejects. `stop` aborts when nobody wants it any more. */
export type EncodeOne<Clip> = (item: Item, stop: AbortSignal) => Promise<Outcome<Clip>>;

/**
 * The responses to one request, each as soon as it is there. Clips begin when the first response is asked for, and no
 * more than `window` of them are ahead of the caller, so that a slow one holds few. It owns what was sent and not given
 * out yet: whoever leaves early leaves nothing behind.
 */
export class EncodeCall<Clip extends ItemFacts> implements Steps<Clip | FailedItem | EncodeSummary> {
  readonly #request: CheckedRequest;
  readonly #encode: EncodeOne<Clip>;
  readonly #window: Semaphore;
  readonly #stop = new AbortController();
  readonly #ready: Ready<Clip>[] = [];
  readonly #started = performance.now();
  #running: Promise<unknown> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #expired = false;
  #wake: () => void = () => {};
  #given = 0;
  #failed = 0;
  #tokens = 0;
  #duration = 0;
  #ended = false;

  constructor(request: CheckedRequest, window: number, encode: EncodeOne<Clip>) {
    this.#request = request;
    this.#encode = encode;
    this.#window = new Semaphore(window);
  }

  async next(): Promise<Clip | FailedItem | EncodeSummary | undefined> {
    this.#running ??= this.#begin();
    if (this.#given === this.#request.items.length) return this.#summary();
    while (this.#ready.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const { response, leave } = this.#ready.shift() as Ready<Clip>;
    leave();
    this.#count(response);
    return response;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    this.#wake();
    await this.#running;
    for (const { sent } of this.#ready.splice(0)) sent?.cancel();
  }

  /** Resolves when no clip is worked on any more; it does not begin any. */
  get running(): Promise<unknown> {
    return this.#running ?? Promise.resolve();
  }

  async #begin(): Promise<void> {
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#stop.abort();
    }, this.#request.deadline);
    await Promise.all(this.#request.items.map((item) => this.#one(item)));
  }

  async #one(item: Item): Promise<void> {
    const { signal } = this.#stop;
    // Past the deadline those that did not begin fail at once, in whatever order they are.
    const leave = await this.#window.acquire(1, signal).catch(() => () => {});
    try {
      if (signal.aborted) throw new AbortError();
      this.#ready.push({ ...(await this.#encode(item, signal)), leave });
    } catch (error) {
      this.#ready.push({ response: failed(item, this.#reason(error)), leave });
    }
    this.#wake();
  }

  #reason(error: unknown): unknown {
    if (!this.#expired || !(error instanceof AbortError)) return error;
    const { deadline } = this.#request;
    return new LimitError(`the clip was not done within ${deadline} ms`, 'timeout', deadline, deadline);
  }

  #count(response: Clip | FailedItem): void {
    this.#given++;
    if ('error' in response) this.#failed++;
    else {
      this.#tokens += response.tokens;
      this.#duration += response.duration;
    }
  }

  #summary(): EncodeSummary | undefined {
    if (this.#ended) return undefined;
    this.#ended = true;
    const { id, items } = this.#request;
    const milliseconds = performance.now() - this.#started;
    const counts = { items: items.length, failed: this.#failed, tokens: this.#tokens, duration: this.#duration };
    return { summary: { request_id: id, ...counts, milliseconds } };
  }
}

/** What a client may see of an error: never a stack, or what an unexpected error says. */
function failed({ index, id }: Item, error: unknown): FailedItem {
  const known =
    error instanceof CochleaError ? error : new InternalError('ERR_AUDIO_INTERNAL', 'the clip could not be encoded');
  const { code, message, remedy, fault, retryable } = known;
  return { index, ...(id !== undefined && { id }), error: { code, message, remedy, fault, retryable } };
}
