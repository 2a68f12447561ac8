import { setImmediate } from 'node:timers/promises';
import { ModelFailedError, ModelInvalidError } from '../errors.js';
import { Batcher, type OnnxSession, paddedBatch } from '../onnx/index.js';
import type { Tensor } from '../tensors/tensor.js';
import { architectures } from './architecture.js';
import type { Contract } from './contract.js';
import { framesOfChunk } from './lengths.js';
import type { TowerSpec } from './types.js';

/** Features of one clip, `[mels, frames]`, and how many of the frames hold audio. */
export interface ClipFeatures {
  readonly data: Float32Array;
  readonly frames: number;
}

export interface EngineOptions {
  readonly spec: TowerSpec;
  readonly contract: Contract;
  /** Name of the model in errors. */
  readonly model: string;
  readonly maxBatch: number;
  readonly maxWaitMs: number;
  /**
   * Whether only batches of 1, 2, 4, … and `maxBatch` clips are run, padded with empty clips. A GPU prepares each size
   * once, which takes far longer than running the padding. On the CPU, each clip of padding would cost time.
   */
  readonly fixedSizes: boolean;
}

/**
 * Returns the embeddings of one clip of a batch, or throws. It runs in the call that owns the clip, so a bad clip does
 * not fail the others in its batch.
 */
type Rows = () => Float32Array;

/** Runs clips through the model, up to `maxBatch` at once. */
export class TowerEngine {
  readonly #session: OnnxSession;
  readonly #options: EngineOptions;
  readonly #batcher: Batcher<ClipFeatures, Rows>;
  /** The latest turn that was given out. */
  #last: Promise<void> = Promise.resolve();

  constructor(session: OnnxSession, options: EngineOptions) {
    this.#session = session;
    this.#options = options;
    const { maxBatch, maxWaitMs } = options;
    this.#batcher = new Batcher({
      maxBatch,
      maxWaitMs,
      maxQueue: Number.POSITIVE_INFINITY,
      run: (clips) => this.#run(clips),
    });
  }

  /**
   * All embeddings of a clip, `[tokens, dimension]`: a view of the result of the batch. Copy it at once.
   *
   * @throws {AbortError} The signal aborted.
   * @throws {ModelFailedError | ModelInvalidError} The run failed, or its result is impossible.
   * @throws {TypeError} The features were transferred elsewhere before they were run.
   */
  async embed(clip: ClipFeatures, signal: AbortSignal): Promise<Float32Array> {
    const rows = await this.#batcher.add(clip, signal);
    // A copy of 12 MB takes a millisecond or two.
    await this.turn();
    return rows();
  }

  /** Waits for a separate turn of the event loop. Each caller gets its own. */
  turn(): Promise<void> {
    this.#last = this.#last.then(() => setImmediate());
    return this.#last;
  }

  /** Runs each size of batch once. */
  async warm(): Promise<void> {
    const { features } = this.#options.spec;
    const clip = { data: new Float32Array(features.mels * framesOfChunk(features)), frames: framesOfChunk(features) };
    for (let size = 1; ; size = this.#sizeFor(size + 1)) {
      for (const rows of await this.#run(new Array<ClipFeatures>(size).fill(clip))) rows();
      if (size === this.#options.maxBatch) return;
    }
  }

  /** Closes the session when all requested runs are done. */
  async close(): Promise<void> {
    await this.#batcher.close();
    await this.#session.close();
  }

  #sizeFor(clips: number): number {
    const { maxBatch, fixedSizes } = this.#options;
    return fixedSizes ? paddedBatch(clips, maxBatch) : clips;
  }

  async #run(clips: readonly ClipFeatures[]): Promise<Rows[]> {
    const { spec, contract } = this.#options;
    const { mels } = spec.features;
    const width = framesOfChunk(spec.features);
    const size = this.#sizeFor(clips.length);
    const features = new Float32Array(size * mels * width);
    // The padding counts as audio: attention over nothing would be NaN.
    const mask = new BigInt64Array(size * width).fill(1n, clips.length * width);
    const detached = new Set<number>();
    for (const [i, { data, frames }] of clips.entries()) {
      // The features of a batch of 8 are 12 MB: the event loop gets a turn between clips.
      if (i > 0) await setImmediate();
      // Once a call is aborted, its caller may change the features, even while a batch is being put together.
      if (data.length > 0) features.set(data, i * mels * width);
      else detached.add(i);
      mask.fill(1n, i * width, i * width + frames);
    }
    const outputs = await this.#session.run({
      [contract.features]: { data: features, shape: [size, mels, width], dtype: 'float32' },
      ...(contract.mask !== undefined && { [contract.mask]: { data: mask, shape: [size, width], dtype: 'int64' } }),
    });
    const { data, shape } = outputs[contract.embeddings] as Tensor<Float32Array>;
    const [given, expected] = [shape.join(', '), [size, spec.tokens, spec.dimension].join(', ')];
    if (given !== expected) this.#invalid(`gave ${contract.embeddings} of shape [${given}], not [${expected}]`);
    const lengths = contract.lengths === undefined ? undefined : (outputs[contract.lengths]?.data as BigInt64Array);
    const { audioTokens, endsWithAudio } = architectures[spec.architecture];
    return clips.map(({ frames }, i) => () => {
      if (detached.has(i))
        throw new TypeError('audio.inputFeatures.data was transferred elsewhere before it was encoded');
      const tokens = endsWithAudio ? audioTokens(frames) : spec.tokens;
      if (lengths !== undefined && lengths[i] !== BigInt(tokens)) {
        this.#invalid(
          `says that ${frames} frames are ${lengths[i]} tokens; for ${spec.architecture} they are ${tokens}`,
        );
      }
      const rows = data.subarray(i * spec.tokens * spec.dimension, (i + 1) * spec.tokens * spec.dimension);
      this.#checkFinite(rows, tokens);
      return rows;
    });
  }

  /**
   * Checks one value of each token. The last layers are a layer norm and at most a linear layer, and both spread a
   * non-finite value to all values of the token.
   */
  #checkFinite(rows: Float32Array, tokens: number): void {
    const { spec, model } = this.#options;
    for (let token = 0; token < tokens; token++) {
      const value = rows[token * spec.dimension] as number;
      if (Number.isFinite(value)) continue;
      throw new ModelFailedError(
        'ERR_MODEL_FAILED',
        `the model ${model} gave ${value} for token ${token}: its weights are damaged, or leave the range of float16`,
      );
    }
  }

  #invalid(problem: string): never {
    throw new ModelInvalidError('ERR_MODEL_INVALID', `the model ${this.#options.model} ${problem}`);
  }
}
