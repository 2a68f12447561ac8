import { channel } from 'node:diagnostics_channel';
import { type TraceEvent, traced } from '../async/traced.js';
import { optionsOf } from '../checks.js';
import { ClosedError } from '../errors.js';
import type { AudioSamples } from '../tensors/audio_samples.js';
import { checkAudio } from './clips.js';
import type { FrontEnd } from './front_end.js';
import { GraphFrontEnd } from './graph_front_end.js';
import { NativeFrontEnd } from './native_front_end.js';
import { checkExtractOptions, checkProvider } from './options.js';
import { type Batch, padBatch } from './padding.js';
import { type FeatureSpec, whisperSpec } from './spec.js';
import type { AudioFeatures, ExtractOptions, FeatureProvider, WhisperOptions } from './types.js';

/** `cochlea:features`, on `node:diagnostics_channel`: a call of `extract` has ended. */
export interface FeaturesEvent extends TraceEvent {
  /** Clips of the call. */
  readonly clips: number;
}

const features = channel('cochlea:features');

/**
 * Computes log-mel features of audio: the input of an audio model.
 *
 * Stateless between calls: one extractor serves any number of concurrent requests.
 *
 * @example
 * const extractor = FeatureExtractor.whisper({ mels: 128 });
 * const audio = await decode('talk.mp3', { sampleRate: 16_000 });
 * const { inputFeatures, featureAttentionMask } = await extractor.extract(audio);
 */
export class FeatureExtractor implements AsyncDisposable {
  /** Parameters of the front end. */
  readonly spec: FeatureSpec;
  /** Where the features are computed. */
  readonly provider: FeatureProvider;
  readonly #frontEnd: FrontEnd;
  #closed = false;

  private constructor(spec: FeatureSpec, provider: FeatureProvider, frontEnd: FrontEnd) {
    this.spec = Object.freeze(spec);
    this.provider = provider;
    this.#frontEnd = frontEnd;
  }

  /**
   * The front end of Whisper, and of the models that use the same. Features are within 1e-6 of the NumPy code of
   * transformers' `WhisperFeatureExtractor`.
   *
   * @throws {TypeError} An option is of the wrong type, or unknown.
   * @throws {RangeError} An option is out of range.
   */
  static whisper(options: WhisperOptions): FeatureExtractor {
    const given = optionsOf('options', options, ['mels', 'provider', 'deviceId']);
    const { mels } = given;
    if (mels !== 80 && mels !== 128) throw new RangeError(`options.mels must be 80 or 128, got ${mels}`);
    const { provider, deviceId } = checkProvider(given);
    const spec = whisperSpec(mels);
    const frontEnd = provider === 'native' ? new NativeFrontEnd(spec) : new GraphFrontEnd(spec, provider, deviceId);
    return new FeatureExtractor(spec, provider, frontEnd);
  }

  /**
   * Computes the features of one clip, or of several clips as one batch.
   *
   * @throws {TypeError} The audio or an option is of the wrong type (at the call).
   * @throws {RangeError} An option is out of range, or audio has another sample rate or several channels (at the call).
   * @returns A promise that rejects with a `CochleaError`: `ERR_AUDIO_EMPTY` for a clip without samples,
   * `ERR_AUDIO_LIMIT` for one that is too long, `ERR_AUDIO_TOO_SHORT` for one too short for a frame (only without
   * `max_length`), `ERR_AUDIO_NON_FINITE` for samples that are NaN or infinite, `ERR_PROVIDER_UNAVAILABLE` and
   * `ERR_MODEL_FAILED` if the provider is not `native`, `ERR_CLOSED` after `close`. Rejects with a `RangeError` for
   * clips of different lengths with padding `none`, and with an `AbortError` once `signal` aborts.
   */
  extract(audio: AudioSamples | readonly AudioSamples[], options: ExtractOptions = {}): Promise<AudioFeatures> {
    const preparation = checkExtractOptions(options, this.spec);
    const clips = checkAudio(audio, this.spec);
    const caller: { stack?: string } = {};
    Error.captureStackTrace(caller, this.extract);
    return traced<FeaturesEvent, AudioFeatures>(
      features,
      () => this.#extract(() => padBatch(clips, preparation, this.spec), { signal: preparation.signal, caller }),
      () => ({ clips: clips.length }),
    );
  }

  async #extract(prepare: () => Batch, call: Parameters<FrontEnd['compute']>[1]): Promise<AudioFeatures> {
    if (this.#closed) throw new ClosedError('ERR_CLOSED', 'the feature extractor was closed');
    const batch = prepare();
    return audioFeatures(batch, await this.#frontEnd.compute(batch, call), this.spec);
  }

  /** Waits for running calls, then releases the graph. Later calls reject with `ERR_CLOSED`. Idempotent. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#frontEnd.close();
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function audioFeatures(batch: Batch, features: Float32Array<ArrayBuffer>, spec: FeatureSpec): AudioFeatures {
  const count = batch.clips.length;
  const total = Math.floor(batch.length / spec.hopLength);
  // A frame holds audio if the first sample of its hop does. There are no more frames than the features have.
  const frames = batch.clips.map(({ samples }) => Math.min(total, Math.ceil(samples.length / spec.hopLength)));
  const mask = new Int32Array(count * total);
  frames.forEach((valid, index) => {
    mask.fill(1, index * total, index * total + valid);
  });
  return {
    inputFeatures: { data: features, shape: [count, spec.mels, total], dtype: 'float32' },
    featureAttentionMask: { data: mask, shape: [count, total], dtype: 'int32' },
    frames,
    truncated: batch.truncated,
  };
}
