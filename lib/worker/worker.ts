import { isAnyArrayBuffer } from 'node:util/types';
import { Leavable } from '../async/leavable.js';
import { Semaphore } from '../async/semaphore.js';
import { stopwatch } from '../async/stopwatch.js';
import { optionsOf, typeError, wholeNumber } from '../checks.js';
import { BusyError, ClosedError, RequestInvalidError } from '../errors.js';
import type { AudioLoader, LoadedAudio } from '../load/index.js';
import { warningsOf } from '../load/inner.js';
import { toBfloat16, toFloat16 } from '../tensors/half.js';
import type { Tensor } from '../tensors/tensor.js';
import type { AudioTower } from '../tower/index.js';
import type { SentTensor, TensorSender, TransferDescriptor } from '../transfer/index.js';
import type { EmbeddingCache } from './cache.js';
import { contentId } from './content_id.js';
import { dynamoAnswer } from './dynamo.js';
import { EncodeCall, type Outcome } from './encode_call.js';
import { checkRequest, type RequestRules } from './request.js';
import type {
  CheckedRequest,
  EmbeddingDType,
  EmbedResponse,
  EncodedItem,
  EncodeRequest,
  EncodeResponse,
  EncodeSummary,
  FailedItem,
  Item,
  ItemFacts,
} from './types.js';

/** What no request can lift. */
export interface EncodeWorkerLimits {
  /** Clips of a request, at most. Default: 128. */
  readonly items?: number | undefined;
  /**
   * Clips that are worked on at a time, over all requests: each holds its audio and its embeddings. Default: 32. More
   * than a batch of the tower, so that the next one is ready when the tower is. As many again may be on their way here
   * from other servers: those that stall do not hold up what is at hand.
   */
  readonly concurrency?: number | undefined;
  /** Clips of all requests, running and waiting; a request that would make more is refused with `ERR_BUSY`. Default: 1024. */
  readonly queue?: number | undefined;
  /** Milliseconds for a request. Default: 60000. */
  readonly deadline?: number | undefined;
}

/** What is fixed where a worker is made. */
export interface EncodeWorkerOptions {
  /** Loads the audio of requests, with its own limits. */
  readonly loader: AudioLoader;
  /** Makes the embeddings. */
  readonly tower: AudioTower;
  /** Hands them over. */
  readonly transfer: TensorSender;
  /** Keeps embeddings by their content. Default: none are kept. */
  readonly cache?: EmbeddingCache | undefined;
  /** Name of the model, by which requests may ask for it. Default: the digest of the tower. */
  readonly model?: string | undefined;
  /**
   * What happens to audio that is longer than a clip of the tower, as in `AudioTower.embed`. Default: `error`.
   */
  readonly long?: 'error' | 'windows' | 'split' | undefined;
  /** What no request can lift. */
  readonly limits?: EncodeWorkerLimits | undefined;
}

const optionNames = ['loader', 'tower', 'transfer', 'cache', 'model', 'long', 'limits'];
const limitNames = ['items', 'concurrency', 'queue', 'deadline'];

/** Options of a call of `generate`. */
export interface GenerateOptions {
  /** Aborts the call: the iterable rejects with an `AbortError` whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Hands these embeddings over. Default: the sender of the worker. */
  readonly transfer?: TensorSender | undefined;
}

/** What a worker does now. */
export interface EncodeWorkerStats {
  /** Requests that are being answered. */
  readonly requests: number;
  /** Clips of them that are worked on. */
  readonly running: number;
  /** Clips of them that wait. */
  readonly waiting: number;
}

/**
 * Turns requests into embeddings in someone else's hands: each clip is loaded, embedded and sent, clips of all requests
 * share the batches of the tower, and one that fails leaves its neighbours alone.
 *
 * The loader, the tower, the sender and the cache are yours: close them after the worker. All of the worker runs on the
 * event loop of the thread that made it; what takes time runs on the threads of those four.
 *
 * @example
 * const worker = new EncodeWorker({ loader, tower, transfer: new FileSender() });
 * for await (const response of worker.generate({ items: [{ audio_url: 'https://example.com/talk.mp3' }] }, { signal })) {
 *   console.log(response);
 * }
 */
export class EncodeWorker implements AsyncDisposable {
  readonly #options: EncodeWorkerOptions;
  readonly #rules: RequestRules;
  readonly #identity: string;
  /** Clips that are at hand, and worked on. */
  readonly #lanes: Semaphore;
  /** Clips that are still coming: those of a server that stalls take no lane from others. */
  readonly #arrivals: Semaphore;
  readonly #concurrency: number;
  readonly #queue: number;
  readonly #calls = new Set<{ readonly running: Promise<unknown> }>();
  /** What was given out, for as long as the caller has its descriptor. */
  readonly #sent = new WeakMap<TransferDescriptor, SentTensor>();
  #clips = 0;
  #running = 0;
  #closing: Promise<void> | undefined;

  /**
   * @throws {TypeError} An option is of the wrong type, or unknown; or the tower has no digest, and there is no `model`.
   * @throws {RangeError} A limit is out of range.
   */
  constructor(given: EncodeWorkerOptions) {
    const options = optionsOf('options', given, optionNames) as EncodeWorkerOptions;
    for (const name of ['loader', 'tower', 'transfer'] as const) {
      if (typeof options[name] !== 'object') throw typeError(`options.${name}`, kinds[name], options[name]);
    }
    const { tower, long = 'error', model = tower.digest } = options;
    if (typeof model !== 'string') {
      throw typeError('options.model', 'a name, since a tower from a single file has no digest', model);
    }
    const limits = optionsOf('options.limits', options.limits ?? {}, limitNames);
    const count = (name: keyof EncodeWorkerLimits, value: number): number =>
      wholeNumber(`options.limits.${name}`, limits[name] ?? value, 1, 2 ** 31 - 1);
    this.#options = options;
    this.#rules = {
      model,
      dtypes: tower.dtype === 'float32' ? ['float32', 'float16', 'bfloat16'] : [tower.dtype],
      items: count('items', 128),
      deadline: count('deadline', 60_000),
    };
    this.#identity = JSON.stringify([tower.digest ?? model, tower.spec.architecture, tower.precision, long]);
    this.#concurrency = count('concurrency', 32);
    this.#lanes = new Semaphore(this.#concurrency);
    this.#arrivals = new Semaphore(this.#concurrency);
    this.#queue = count('queue', 1024);
  }

  /** What the worker does now. */
  get stats(): EncodeWorkerStats {
    return { requests: this.#calls.size, running: this.#running, waiting: this.#clips - this.#running };
  }

  /** The name by which requests may ask for this worker's model. */
  get model(): string {
    return this.#rules.model;
  }

  /**
   * Answers a request: a response for each clip, as soon as it is there, and a summary at last. Leaving the loop aborts
   * the clips that are not done.
   *
   * @throws {RequestInvalidError} The request is malformed (at the call).
   * @throws {BusyError} `limits.queue` clips are there already (at the call).
   * @throws {ClosedError} The worker was closed (at the call).
   * @returns An iterable that rejects with an `AbortError` once `signal` aborts. All else that goes wrong is the
   *   response of a clip: its `error`. A clip past the deadline has `ERR_AUDIO_LIMIT`.
   */
  generate(request: EncodeRequest, options: GenerateOptions = {}): AsyncGenerator<EncodeResponse, void, undefined> {
    const { signal, transfer = this.#options.transfer } = optionsOf('options', options, ['signal', 'transfer']);
    return this.#answer(request, { signal }, async (tensor, { lease, original }, stop) => {
      const sent = await transfer.send(tensor, { lease, signal: stop });
      const { descriptor } = sent;
      this.#sent.set(descriptor, sent);
      const more = original && { request: dynamoAnswer(original, descriptor) };
      return { fields: { transfer: descriptor, ...more }, sent };
    });
  }

  /**
   * The same, for whoever wants the tensors in this process: nothing is handed over, and `lease` has no meaning. The
   * tensors may be shared with the cache: do not write them.
   *
   * @throws As `generate` does.
   * @returns As `generate`, with `tensor` in place of `transfer`.
   */
  embed(
    request: EncodeRequest,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<EmbedResponse, void, undefined> {
    return this.#answer(request, options, async (tensor) => ({ fields: { tensor } }));
  }

  #answer<Own extends object>(
    request: EncodeRequest,
    options: { readonly signal?: AbortSignal | undefined },
    hand: (tensor: Tensor, request: CheckedRequest, stop: AbortSignal) => Promise<Handed<Own>>,
  ): AsyncGenerator<(ItemFacts & Own) | FailedItem | EncodeSummary, void, undefined> {
    type Clip = ItemFacts & Own;
    const { signal } = optionsOf('options', options, ['signal']);
    const checked = checkRequest(request, this.#rules);
    if (this.#closing) throw new ClosedError('ERR_CLOSED', 'the worker was closed');
    const { length } = checked.items;
    if (this.#clips + length > this.#queue) {
      throw new BusyError('ERR_BUSY', `the queue is full: ${this.#clips} clips are running or waiting`);
    }
    this.#clips += length;
    const call = new EncodeCall<Clip>(checked, this.#concurrency, (item, stop) =>
      this.#one(item, stop, (tensor) => hand(tensor, checked, stop), checked.dtype ?? this.#options.tower.dtype),
    );
    this.#calls.add(call);
    const close = (): Promise<void> =>
      call.close().finally(() => {
        if (this.#calls.delete(call)) this.#clips -= length;
      });
    return new Leavable<Clip | FailedItem | EncodeSummary>({ next: () => call.next(), close }, signal);
  }

  /**
   * Frees the embeddings of a response before their lease is over: the receiver has them. For receivers that do not say
   * so themselves, such as vLLM: call it when the answer is there.
   *
   * @param response As `generate` gave it, not a copy.
   */
  release(response: EncodedItem): void {
    this.#sent.get(response.transfer)?.release();
  }

  /** Takes no more requests, and waits for the clips of those that were taken. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= Promise.all([...this.#calls].map((call) => call.running)).then(() => {});
    return this.#closing;
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #one<Own extends object>(
    item: Item,
    stop: AbortSignal,
    hand: (tensor: Tensor) => Promise<Handed<Own>>,
    dtype: EmbeddingDType,
  ): Promise<Outcome<ItemFacts & Own>> {
    const clock = stopwatch();
    const arrived = isAtHand(item.source) ? undefined : await this.#arrive(item, stop);
    const leave = await this.#lanes.acquire(1, stop).finally(() => arrived?.leave());
    this.#running++;
    try {
      const audio = arrived?.audio ?? (await this.#load(item, stop));
      const load_ms = clock();
      const content_id = await contentId(audio, this.#identity, stop);
      const tensor = await this.#embeddings(audio, content_id, dtype, stop);
      const embed_ms = clock();
      const { fields, sent } = await hand(tensor);
      const [tokens, dimension] = tensor.shape as readonly [number, number];
      const response = {
        index: item.index,
        ...(item.id !== undefined && { id: item.id }),
        embeddings_shape: [tokens, dimension] as const,
        embedding_dtype: tensor.dtype as EmbeddingDType,
        tokens,
        duration: audio.duration,
        content_id,
        ...fields,
        timings: { load_ms, embed_ms, transfer_ms: clock() },
        warnings: warningsOf(audio),
      };
      return { response, sent };
    } finally {
      this.#running--;
      leave();
    }
  }

  /** Audio that others send at their own pace, and its place among those, which it keeps until it has a lane. */
  async #arrive(item: Item, stop: AbortSignal): Promise<{ audio: LoadedAudio; leave: () => void }> {
    const leave = await this.#arrivals.acquire(1, stop);
    try {
      return { audio: await this.#load(item, stop), leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  async #load({ source, range }: Item, signal: AbortSignal): Promise<LoadedAudio> {
    const { loader, tower } = this.#options;
    try {
      return await loader.load(source, { sampleRate: tower.spec.features.sampleRate, channels: 1, ...range, signal });
    } catch (cause) {
      // Of the options, only the range is the client's: it may end before it begins.
      if (!(cause instanceof RangeError)) throw cause;
      throw new RequestInvalidError('ERR_REQUEST_INVALID', cause.message, { cause });
    }
  }

  #embeddings(audio: LoadedAudio, id: string, dtype: EmbeddingDType, stop: AbortSignal): Promise<Tensor> {
    const work = async (signal: AbortSignal): Promise<Tensor> => {
      const { tower, long } = this.#options;
      const { audioFeatures } = await tower.embed(audio, { long, signal });
      if (audioFeatures.dtype === dtype) return audioFeatures;
      const tensor = audioFeatures as Tensor<Float32Array>;
      return dtype === 'float16' ? toFloat16(tensor, { signal }) : toBfloat16(tensor, { signal });
    };
    const { cache } = this.#options;
    return cache ? cache.computed(`${id}:${dtype}`, stop, work) : work(stop);
  }
}

/** What goes into the response of a clip, and the tensor on its way, if it is on one. */
interface Handed<Own> {
  readonly fields: Own;
  readonly sent?: SentTensor;
}

const kinds = { loader: 'an AudioLoader', tower: 'an AudioTower', transfer: 'a sender of cochlea/transfer' } as const;

/** Whether loading it waits for nobody. */
function isAtHand(source: Item['source']): boolean {
  if (ArrayBuffer.isView(source) || isAnyArrayBuffer(source)) return true;
  if (typeof source !== 'object') return false;
  return 'input_audio' in source || ('audio_url' in source && /^data:/i.test(source.audio_url.url));
}
