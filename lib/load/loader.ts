import { untilAborted } from '../async/abort.js';
import { settleAll } from '../async/settle.js';
import { AudioDecoder, type AudioDecoderOptions, type AudioSource, type DecodeOptions } from '../decode/index.js';
import { checkSources, heedErrorsOf, withFacts } from '../decode/inner.js';
import { AbortError, CochleaError, SourceError } from '../errors.js';
import type { MediaInfo } from '../media_info.js';
import { gathered } from '../producers/gathered.js';
import { bytesOf } from '../producers/producer.js';
import type { Producer } from '../producers/types.js';
import { AddressLoader } from './address_loader.js';
import { Admission } from './admission.js';
import { AudioCache } from './cache/cache.js';
import { CachedDecoder } from './cached_decoder.js';
import { Caller } from './caller.js';
import { traced } from './diagnostics.js';
import { Body } from './http/body.js';
import { Downloads } from './http/downloads.js';
import { segmentsOf } from './length.js';
import type { Outcome } from './loaded.js';
import { checkLoaderOptions, type Settings } from './options.js';
import { checkLoad, type LoadRequest } from './request.js';
import { type ByteLimits, type ClassifiedSource, classifySource } from './source/classify.js';
import { readAllowed } from './source/file.js';
import type { LoadSource } from './source/types.js';
import type { AudioLoaderOptions, LoadedAudio, LoaderStats, LoadOptions, OpenedSource } from './types.js';

type ProbeOptions = DecodeOptions & { readonly signal: AbortSignal };

/**
 * Loads audio that clients send: addresses, data URLs, uploads, parts of chat messages. It is decoded and cached,
 * within limits that no request can lift.
 *
 * One loader serves a whole service: it owns the cache, the connections and the queue. If several calls want the same
 * audio at the same time, it is fetched and decoded once. The loader runs on the event loop of the thread that made it;
 * decoding runs on Cochlea's own threads.
 *
 * @example
 * const loader = new AudioLoader({ sampleRate: 16_000, maxSeconds: 600 });
 * const audio = await loader.load('https://example.com/talk.mp3', { signal });
 */
export class AudioLoader implements AsyncDisposable {
  readonly #options: AudioDecoderOptions;
  readonly #settings: Settings;
  readonly #decoder: AudioDecoder;
  readonly #cache: AudioCache;
  readonly #admission: Admission;
  readonly #decoding: CachedDecoder;
  readonly #addresses: AddressLoader;
  readonly #closing = new AbortController();
  readonly #counts = { hits: 0, misses: 0, coalesced: 0, loading: 0 };

  /**
   * @throws {TypeError} An option is of the wrong type, or unknown.
   * @throws {RangeError} An option is out of range.
   */
  constructor(options: AudioLoaderOptions = {}) {
    const { decoder, settings } = checkLoaderOptions(options);
    const { cache, concurrency, fetch, policy } = settings;
    this.#options = decoder;
    this.#settings = settings;
    this.#decoder = new AudioDecoder(decoder);
    this.#admission = new Admission(concurrency);
    this.#cache = new AudioCache(cache);
    this.#decoding = new CachedDecoder(decoder, this.#cache, this.#admission);
    this.#addresses = new AddressLoader(
      policy,
      new Downloads(policy, fetch, this.#admission),
      this.#decoding,
      this.#cache,
    );
  }

  /**
   * Loads one source. The result is that of `AudioDecoder.decode`, and where the audio came from.
   *
   * @throws {TypeError} The source or an option is of the wrong type (at the call).
   * @throws {RangeError} An option is out of range (at the call).
   * @returns A promise that rejects with a `CochleaError` that has a `label`, or with an `AbortError` once `signal`
   * aborts. Other calls that wait for the same audio still get it.
   */
  load(source: LoadSource, options: LoadOptions = {}): Promise<LoadedAudio> {
    const request = checkLoad(options, this.#options, this.#decoder.limits, this.#settings.length);
    const checked = classifySource(source, this.#settings.policy.urlLength);
    return traced(
      'load',
      () => this.#run(checked.label, request, (signal) => this.#load(checked, request, signal)),
      (loaded) => ({ label: checked.label, cache: loaded?.cache }),
    );
  }

  /**
   * Loads many sources, and reports every outcome in the order of the sources, as `Promise.allSettled` does. A source
   * that fails, even one of the wrong type, does not affect the others. Only as many sources run at a time as
   * `concurrency` allows, so a long list does not fill the queue.
   *
   * @throws {TypeError} `sources` is not an iterable, or an option is of the wrong type (at the call).
   * @throws {RangeError} An option is out of range (at the call).
   * @returns A promise. It rejects only if `sources` itself throws (with that error), or with an `AbortError` once
   * `signal` aborts. By then, all its loads have ended.
   */
  loadAll(
    sources: Iterable<LoadSource> | AsyncIterable<LoadSource>,
    options: LoadOptions = {},
  ): Promise<PromiseSettledResult<LoadedAudio>[]> {
    const { signal } = checkLoad(options, this.#options, this.#decoder.limits, this.#settings.length);
    checkSources(sources);
    heedErrorsOf(sources);
    const { downloads, decodes, queue } = this.#settings.concurrency;
    // As many as can run, and none that would be refused, even if all need places of one kind.
    const concurrency = Math.min(downloads + decodes, Math.min(downloads, decodes) + queue);
    const bounds = { concurrency, maxBytes: Number.POSITIVE_INFINITY, signal };
    return settleAll(sources, bounds, async (source) => ({ bytes: 0, run: () => this.load(source, options) }));
  }

  /**
   * Reads the headers of a source, as `AudioDecoder.probe` does. Of an address, it fetches no more than that needs.
   * Nothing is cached.
   *
   * @throws {TypeError} The source or an option is of the wrong type (at the call).
   * @returns A promise that rejects as that of `load` does.
   */
  probe(
    source: LoadSource,
    options: Pick<LoadOptions, 'stream' | 'raw' | 'signal' | 'timeout'> = {},
  ): Promise<MediaInfo> {
    const request = checkLoad(options, this.#options, this.#decoder.limits, this.#settings.length);
    const checked = classifySource(source, this.#settings.policy.urlLength);
    return this.#run(checked.label, request, (signal) => this.#probe(checked, { ...request.decode, signal }));
  }

  /**
   * Reads the encoded bytes of a source within the rules of the loader: for those who decode it in pieces, or send it
   * on. Of a file, it gives the path. Nothing is decoded or cached.
   *
   * @throws {TypeError} The source or an option is of the wrong type (at the call).
   * @returns A promise that rejects as that of `load` does.
   */
  open(source: LoadSource, options: Pick<LoadOptions, 'signal' | 'timeout'> = {}): Promise<OpenedSource> {
    const request = checkLoad(options, this.#options, this.#decoder.limits, this.#settings.length);
    const checked = classifySource(source, this.#settings.policy.urlLength);
    return this.#run(checked.label, request, async (signal) => {
      const encoded = await this.#open(checked, signal);
      return { label: checked.label, encoded, decoder: this.#decoder, maxSeconds: request.length.maxSeconds };
    });
  }

  /** Contents of the cache, and counters since the loader was made. */
  stats(): LoaderStats {
    const { size: entries, bytes, evictions } = this.#cache;
    return { entries, bytes, evictions, ...this.#counts, waiting: this.#admission.waiting };
  }

  /** Empties the cache. Running loads continue. */
  clear(): void {
    this.#cache.clear();
  }

  /** Ends all loads, closes the connections and empties the cache. Running and later loads reject with `ERR_CLOSED`. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.clear();
    await this.#addresses.close();
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Runs one call within its timeout, and sets the label of its errors. */
  async #run<Result>(
    label: string,
    { signal, timeout }: LoadRequest,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const caller = new Caller(signal, this.#closing.signal, timeout);
    this.#counts.loading++;
    try {
      // Needed for work that ignores the signal: a cache look-up, a blob, a hash.
      return await untilAborted(work(caller.signal), caller.signal);
    } catch (thrown) {
      const error = caller.error(thrown);
      throw error instanceof CochleaError ? withLabel(error, label) : error;
    } finally {
      caller.end();
      this.#counts.loading--;
    }
  }

  async #load(source: ClassifiedSource, request: LoadRequest, signal: AbortSignal): Promise<LoadedAudio> {
    const { loaded, how } = await this.#outcome(source, request, signal);
    if (how === 'miss') this.#counts.misses++;
    else if (how === 'coalesced') this.#counts.coalesced++;
    else this.#counts.hits++;
    const { copy, length } = request;
    const data = copy ? loaded.audio.data.slice() : loaded.audio.data;
    const audio = { ...loaded.audio, data, transferable: copy };
    const segments = length.overLength === 'split' ? segmentsOf(audio, length.maxSeconds) : null;
    return withFacts({ ...audio, label: source.label, cache: how, truncated: loaded.truncated, segments });
  }

  async #outcome(source: ClassifiedSource, request: LoadRequest, signal: AbortSignal): Promise<Outcome> {
    const { label } = source;
    const job = { request, label, signal, storable: true };
    if (source.kind === 'address') return this.#addresses.load(source.text, label, request, signal);
    if (source.kind === 'file') {
      return readAllowed(source.file, this.#settings.allowedRoot, (file) => this.#decoding.file(file, job));
    }
    if (source.kind === 'bytes') {
      if (signal.aborted) throw new AbortError(signal.reason);
      this.#admission.checkDecode();
      return this.#decoding.bytes(await source.read(this.#byteLimits), job);
    }
    return this.#upload(source.producer, signal, async (body) =>
      this.#decoding.body(body, await body.collect(), undefined, job),
    );
  }

  async #probe(source: ClassifiedSource, options: ProbeOptions): Promise<MediaInfo> {
    const { signal } = options;
    const probe = (from: AudioSource): Promise<MediaInfo> => this.#decoder.probe(from, options);
    if (source.kind === 'address') {
      return this.#addresses.fetch(source.text, source.label, signal, ({ body, bytes }) => probe(bytes ?? body));
    }
    if (source.kind === 'file') return readAllowed(source.file, this.#settings.allowedRoot, ({ path }) => probe(path));
    if (source.kind === 'bytes') return probe(await source.read(this.#byteLimits));
    return this.#upload(source.producer, signal, probe);
  }

  async #open(source: ClassifiedSource, signal: AbortSignal): Promise<Uint8Array | string> {
    if (source.kind === 'address') {
      return this.#addresses.fetch(
        source.text,
        source.label,
        signal,
        async ({ body, bytes }) => bytes ?? gathered(body),
      );
    }
    if (source.kind === 'file') return readAllowed(source.file, this.#settings.allowedRoot, async ({ path }) => path);
    if (source.kind === 'bytes') return source.read(this.#byteLimits);
    return this.#upload(source.producer, signal, gathered);
  }

  /** Reads bytes that a caller sends. They hold a place among the uploads while they arrive. */
  async #upload<Result>(
    producer: Producer,
    signal: AbortSignal,
    use: (body: Body) => Promise<Result>,
  ): Promise<Result> {
    const body = new Body(copying(producer), 'inputBytes', this.#decoder.limits.inputBytes);
    try {
      const leave = await this.#admission.upload(signal);
      try {
        return await untilAborted(use(body), signal);
      } finally {
        leave();
      }
    } catch (error) {
      // The decoder only knows that its source failed.
      throw body.failure === undefined ? error : sourceError(body.failure);
    } finally {
      body.destroy();
    }
  }

  get #byteLimits(): ByteLimits {
    return { inputBytes: this.#decoder.limits.inputBytes, dataUrlBytes: this.#settings.dataUrlBytes };
  }
}

/**
 * The error with the label. A copy if another call, for another source of the same content, has already got the error.
 */
function withLabel(error: CochleaError, label: string): CochleaError {
  error.label ??= label;
  if (error.label === label) return error;
  const copy = new Error();
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error));
  return Object.defineProperties(copy, {
    ...Object.getOwnPropertyDescriptors(error),
    // From Node 22 on, `stack` is an accessor, which does not work on a copy.
    stack: { value: error.stack, writable: true, enumerable: false, configurable: true },
    label: { value: label, writable: true, enumerable: true, configurable: true },
  }) as CochleaError;
}

/** Copies each chunk: a producer may reuse its memory for the next chunk, while this one is still waiting. */
function copying({ next, stop }: Producer): Producer {
  return {
    async next() {
      const { done, value } = await next();
      return done ? { done } : { value: new Uint8Array(bytesOf(value)) };
    },
    stop,
  };
}

/** The failure of a stream as a `CochleaError`. */
function sourceError(failure: unknown): CochleaError {
  if (failure instanceof CochleaError) return failure;
  return new SourceError('ERR_AUDIO_SOURCE', 'the stream cannot be read', { cause: failure });
}
