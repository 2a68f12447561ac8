import { channel } from 'node:diagnostics_channel';
import { cancelOnAbort } from '../async/abort.js';
import { Semaphore } from '../async/semaphore.js';
import { type TraceEvent, traced } from '../async/traced.js';
import { AbortError, BusyError, ClosedError, InternalError } from '../errors.js';
import { type AudioFeatures, FeatureExtractor } from '../features/index.js';
import type { Provider, ProviderReport } from '../onnx/index.js';
import type { AudioSamples } from '../tensors/audio_samples.js';
import { toBfloat16, toFloat16 } from '../tensors/half.js';
import type { Tensor } from '../tensors/tensor.js';
import { embeddingsOf } from './embeddings.js';
import { TowerEngine } from './engine.js';
import { checkPath, loadModel, type TowerModel } from './load.js';
import { checkEmbedOptions, checkInput, checkTowerOptions, type EmbedRequest } from './options.js';
import type { Piece } from './pieces.js';
import { checkFinite, type PlannedClip, planClips, withClipName } from './plan.js';
import type { AudioEmbeddings, EmbedOptions, TowerOptions, TowerPrecision, TowerSpec } from './types.js';

/** `cochlea:tower`, on `node:diagnostics_channel`: a call of `embed` has ended. */
export interface TowerEvent extends TraceEvent {
  /** Rows of the result; 0 if the call failed. */
  readonly tokens: number;
}

const towers = channel('cochlea:tower');

/**
 * An audio tower turns audio into embeddings, one for each moment, for language models that accept audio.
 *
 * One tower serves a whole service. Clips of concurrent calls run together where that is faster, and each call gets its
 * own embeddings. The model runs on the thread of its device, and features are computed on Cochlea's threads, so the
 * event loop is not blocked.
 *
 * @example
 * await using tower = await AudioTower.load('models/qwen2-audio');
 * const audio = await decode(upload, { sampleRate: 16_000 });
 * const { audioFeatures, tokens } = await tower.embed(audio, { signal });
 */
export class AudioTower implements AsyncDisposable {
  /** Input and output of the tower. */
  readonly spec: TowerSpec;
  /** Width of an embedding. */
  readonly dimension: number;
  /** Precision of the loaded model; `undefined` for a single `.onnx` file, which does not state it. */
  readonly precision: TowerPrecision | undefined;
  /**
   * Names the model: SHA-256 over the hashes of its files, in hexadecimal; `undefined` for a single `.onnx` file, which has
   * none.
   */
  readonly digest: string | undefined;
  /** Element type of `audioFeatures`. */
  readonly dtype: NonNullable<TowerOptions['dtype']>;
  /** Where the model runs. */
  readonly provider: Provider;
  /** Providers that `provider: 'auto'` did not choose, with reasons. */
  readonly declined: readonly ProviderReport[];
  readonly #engine: TowerEngine;
  readonly #extractor: FeatureExtractor;
  /** Limits the pieces whose features are in memory or being computed: those of the running batch and of the next. */
  readonly #laneCount: number;
  readonly #lanes: Semaphore;
  /** Maximum number of clips, running and waiting. */
  readonly #room: number;
  /** Number of clips of all unsettled calls. */
  #clips = 0;
  readonly #calls = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  private constructor({ session, contract, spec, model, precision, digest }: TowerModel, options: TowerOptions) {
    const { provider, declined } = session;
    const gpu = provider !== 'cpu';
    const {
      dtype = 'float32',
      maxBatch = gpu && precision !== 'int8' ? 8 : 1,
      maxWaitMs = gpu ? 5 : 0,
      maxQueue = 1024,
    } = options;
    this.spec = spec;
    this.dimension = spec.dimension;
    this.precision = precision;
    this.digest = digest;
    this.provider = provider;
    this.declined = declined;
    this.#engine = new TowerEngine(session, { spec, contract, model, maxBatch, maxWaitMs, fixedSizes: gpu });
    this.#extractor = FeatureExtractor.whisper({ mels: spec.features.mels as 80 | 128 });
    this.dtype = dtype;
    this.#laneCount = 2 * maxBatch;
    this.#lanes = new Semaphore(this.#laneCount);
    this.#room = maxBatch + maxQueue;
  }

  /**
   * Loads a tower that `tools/export` wrote.
   *
   * @param path A folder with `cochlea.json`, or an `.onnx` file, whose kind `architecture` states.
   * @throws {TypeError | RangeError} An argument is wrong.
   * @throws {ProviderUnavailableError} ONNX Runtime is not installed, or the provider that is named does not work here.
   * @throws {ModelInvalidError} The folder or the model is not valid.
   */
  static async load(path: string | URL, given: TowerOptions = {}): Promise<AudioTower> {
    const options = checkTowerOptions(given);
    const tower = new AudioTower(await loadModel(checkPath(path), options), options);
    const { warm = tower.provider !== 'cpu' } = options;
    if (!warm) return tower;
    try {
      await tower.#engine.warm();
      return tower;
    } catch (error) {
      await tower.close();
      throw error;
    }
  }

  /**
   * Embeds one clip or several: 16 kHz, one channel, at most 30 s each, or longer with `long`. `AudioFeatures` are
   * accepted, too, if an extractor with the same `spec.features` made them. Both are read in place: leave them
   * unchanged, and do not transfer their buffers, until the call settles.
   *
   * Several clips give one result. If one of them fails, the call fails, and `label` of the error names the clip. At
   * most the features of two batches are in memory.
   *
   * @throws {TypeError | RangeError} An argument is wrong: a sample rate or a number of channels, for example (at the
   * call).
   * @returns A promise that rejects with
   * - `EmptyAudioError`, `NonFiniteError`: no samples, or a sample or feature that is NaN or infinite;
   * - `AudioTooShortError`: not a single token (Qwen2-Audio: up to 320 samples, 20 ms);
   * - `LimitError`, `limit: 'seconds'`: longer than 30 s, without `long`;
   * - `BusyError`: `maxQueue` clips are already waiting;
   * - `ModelFailedError`, `ModelInvalidError`: the run failed, or its result is impossible;
   * - `ClosedError`: the tower was closed;
   * - `AbortError`: `signal` aborted.
   */
  embed(
    audio: AudioSamples | readonly AudioSamples[] | AudioFeatures,
    options: EmbedOptions = {},
  ): Promise<AudioEmbeddings> {
    const request = checkEmbedOptions(options, this.spec);
    const given = checkInput(audio, this.spec);
    const call = traced<TowerEvent, AudioEmbeddings>(
      towers,
      () => this.#embed(() => planClips(given, request.long, this.spec), request),
      (result) => ({ tokens: result?.audioFeatures.shape[0] ?? 0 }),
    );
    const done = (): boolean => this.#calls.delete(call);
    this.#calls.add(call);
    call.then(done, done);
    return call;
  }

  /** Waits for all running calls, then frees the model. Later calls reject with `ERR_CLOSED`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#calls);
    await Promise.all([this.#engine.close(), this.#extractor.close()]);
  }

  async #embed(plan: () => readonly PlannedClip[], { signal }: EmbedRequest): Promise<AudioEmbeddings> {
    if (this.#closing) throw new ClosedError('ERR_CLOSED', 'the tower was closed');
    if (signal?.aborted) throw new AbortError(signal.reason);
    if (this.#clips >= this.#room) {
      throw new BusyError('ERR_BUSY', `the queue is full: ${this.#clips} clips are running or waiting`);
    }
    const clips = plan();
    this.#clips += clips.length;
    try {
      const tokens = clips.flatMap(({ pieces }) => pieces).reduce((sum, piece) => sum + piece.tokens, 0);
      const data = await this.#fill(clips, tokens, signal);
      const audioFeatures = { data, shape: [tokens, this.dimension], dtype: 'float32' } as const;
      return embeddingsOf(clips, await this.#converted(audioFeatures, signal), this.spec);
    } finally {
      this.#clips -= clips.length;
    }
  }

  async #converted(
    audioFeatures: Tensor<Float32Array<ArrayBuffer>>,
    signal: AbortSignal | undefined,
  ): Promise<AudioEmbeddings['audioFeatures']> {
    switch (this.dtype) {
      case 'float32':
        return audioFeatures;
      case 'float16':
        return toFloat16(audioFeatures, { signal });
      case 'bfloat16':
        return toBfloat16(audioFeatures, { signal });
    }
  }

  /** The rows of all pieces, one after the other. As soon as one piece fails, the others are aborted. */
  async #fill(
    clips: readonly PlannedClip[],
    tokens: number,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array<ArrayBuffer>> {
    // Allocated when the first rows arrive: hundreds of calls may be waiting, and must not hold memory.
    let made: Float32Array<ArrayBuffer> | undefined;
    const rows = (): Float32Array<ArrayBuffer> => {
      made ??= allocate(tokens, this.dimension);
      return made;
    };
    const stop = new AbortController();
    const release = signal && cancelOnAbort(signal, { cancel: () => stop.abort(signal.reason) });
    // One call queues only as many pieces as can run at a time, so that hours of audio do not block other calls.
    const turns = new Semaphore(this.#laneCount);
    let next = 0;
    const work = clips.flatMap((clip) =>
      clip.pieces.map(async (piece) => {
        const at = next;
        next += piece.tokens * this.dimension;
        const leave = await turns.acquire(1, stop.signal);
        await this.#embedPiece(clip, piece, stop.signal, (embeddings) => rows().set(embeddings, at)).finally(leave);
      }),
    );
    try {
      await Promise.all(work);
    } catch (error) {
      // Other pieces may still read their samples, which the caller may change as soon as this rejects.
      stop.abort();
      await Promise.allSettled(work);
      throw error;
    } finally {
      release?.();
    }
    return rows();
  }

  async #embedPiece(
    clip: PlannedClip,
    piece: Piece,
    signal: AbortSignal,
    take: (embeddings: Float32Array) => void,
  ): Promise<void> {
    const leave = await this.#lanes.acquire(1, signal);
    try {
      const data = await this.#features(clip, piece, signal);
      const embeddings = await this.#engine.embed({ data, frames: piece.frames }, signal);
      const { skipped, tokens } = piece;
      take(embeddings.subarray(skipped * this.dimension, (skipped + tokens) * this.dimension));
    } finally {
      leave();
    }
  }

  async #features({ name }: PlannedClip, { input }: Piece, signal: AbortSignal): Promise<Float32Array> {
    if ('features' in input) {
      // The check takes half a millisecond per clip.
      await this.#engine.turn();
      checkFinite(name, input.features);
      return input.features;
    }
    const { sampleRate } = this.spec.features;
    try {
      const { inputFeatures } = await this.#extractor.extract({ data: input.samples, sampleRate }, { signal });
      return inputFeatures.data;
    } catch (error) {
      throw withClipName(name, error);
    }
  }
}

function allocate(tokens: number, dimension: number): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(tokens * dimension);
  } catch (cause) {
    const bytes = tokens * dimension * Float32Array.BYTES_PER_ELEMENT;
    const message = `no ${bytes} bytes for ${tokens} embeddings: encode a part at a time`;
    throw new InternalError('ERR_AUDIO_INTERNAL', message, { cause });
  }
}
