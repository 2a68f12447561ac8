import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ProgramHost } from '../../onnx/index.js';
import { Arena } from './arena.js';
import type { DecoderOptions, DecoderShape } from './messages.js';

/** Tokens of one window that a run appends. */
export interface Append {
  readonly place: number;
  /** How many tokens the window has already. */
  readonly length: number;
  readonly tokens: readonly number[];
}

/**
 * The models, and the memory that they work in. Every function that runs one must be called in a turn of the thread, and
 * nobody else touches the arena meanwhile.
 */
export class Decoder {
  readonly shape: DecoderShape;
  readonly #runtime: typeof import('onnxruntime-node');
  readonly #cross: InferenceSession;
  readonly #decoder: InferenceSession;
  readonly #arena: Arena;
  /** Where logits are written: those of all places. */
  readonly #logits: Float32Array;
  readonly #loadAlign: () => Promise<InferenceSession>;
  #align: InferenceSession | undefined;

  static async load(host: ProgramHost, options: DecoderOptions): Promise<Decoder> {
    const cross = (await host.load(options.cross)) as InferenceSession;
    try {
      const decoder = (await host.load(options.decoder)) as InferenceSession;
      return new Decoder(host, options, cross, decoder);
    } catch (error) {
      await cross.release();
      throw error;
    }
  }

  private constructor(host: ProgramHost, options: DecoderOptions, cross: InferenceSession, decoder: InferenceSession) {
    this.shape = options.shape;
    this.#runtime = host.runtime as typeof import('onnxruntime-node');
    this.#cross = cross;
    this.#decoder = decoder;
    this.#arena = new Arena(this.#runtime, decoder, options.shape, options.windows);
    this.#logits = new Float32Array(Math.max(options.windows, 2) * options.shape.vocabulary);
    this.#loadAlign = async () => (await host.load(options.align)) as InferenceSession;
  }

  take(): number {
    return this.#arena.take();
  }

  free(place: number): void {
    this.#arena.free(place);
  }

  /** Fills the cross-attention of a place. */
  async attend(place: number, embeddings: Float32Array): Promise<void> {
    const { heads, headSize, frames } = this.shape;
    const audio = new this.#runtime.Tensor('float32', embeddings, [1, frames, heads * headSize]);
    const { feeds } = this.#arena.bindings(place, place);
    const fetches = Object.fromEntries(this.#cross.outputNames.map((name) => [name, feeds[name] as Tensor]));
    await this.#cross.run({ audio_features: audio }, fetches);
  }

  /**
   * The logits after one token of the prompt and after its last one: two rows, valid until the next run. The window has
   * no tokens before.
   */
  async begin(place: number, prompt: readonly number[], start: number): Promise<readonly [Float32Array, Float32Array]> {
    const logits = await this.#run(place, place, [{ place, length: 0, tokens: prompt }], [start, prompt.length - 1]);
    const { vocabulary } = this.shape;
    return [logits.subarray(0, vocabulary), logits.subarray(vocabulary, 2 * vocabulary)];
  }

  /**
   * Appends one token to each window. The logits of the places from the first to the last of them, a row for each,
   * valid until the next run. Windows between them that append nothing lose their tokens.
   */
  async step(appends: readonly Append[]): Promise<(place: number) => Float32Array> {
    const places = appends.map(({ place }) => place);
    const [first, last] = [Math.min(...places), Math.max(...places)];
    const logits = await this.#run(first, last, appends, [0]);
    const { vocabulary } = this.shape;
    return (place) => logits.subarray((place - first) * vocabulary, (place - first + 1) * vocabulary);
  }

  /** Attention of the alignment heads, `[heads, tokens, frames]`. */
  async align(place: number, tokens: readonly number[]): Promise<Float32Array> {
    this.#align ??= await this.#loadAlign();
    const { feeds } = this.#arena.bindings(place, place);
    const cross = this.#align.inputNames.filter((name) => name !== 'tokens').map((name) => [name, feeds[name]]);
    const { weights } = await this.#align.run({
      tokens: this.#int64(tokens, [1, tokens.length]),
      ...(Object.fromEntries(cross) as Record<string, Tensor>),
    });
    return weights?.data as Float32Array;
  }

  async release(): Promise<void> {
    await Promise.all([this.#cross.release(), this.#decoder.release(), this.#align?.release()]);
  }

  /** All of `appends` append as many tokens. `wanted`: of which of them logits come out. */
  async #run(
    first: number,
    last: number,
    appends: readonly Append[],
    wanted: readonly number[],
  ): Promise<Float32Array> {
    const { Tensor } = this.#runtime;
    const { feeds, fetches } = this.#arena.bindings(first, last);
    const batch = last - first + 1;
    const count = appends[0]?.tokens.length ?? 0;
    const tokens = new Array<number>(batch * count).fill(0);
    const positions = new Array<number>(batch * count).fill(0);
    const ends = new Int32Array(batch);
    for (const { place, length, tokens: new_ } of appends) {
      const row = place - first;
      for (const [i, token] of new_.entries()) {
        tokens[row * count + i] = token;
        positions[row * count + i] = length + i;
      }
      ends[row] = length + count - 1;
    }
    const shape = [batch, wanted.length, this.shape.vocabulary];
    const logits = this.#logits.subarray(
      0,
      shape.reduce((product, size) => product * size, 1),
    );
    await this.#decoder.run(
      {
        ...feeds,
        tokens: this.#int64(tokens, [batch, count]),
        positions: this.#int64(positions, [batch, count]),
        last: new Tensor('int32', ends, [batch]),
        total: new Tensor('int32', Int32Array.of(Math.max(...ends) + 1), []),
        wanted: this.#int64(Array.from({ length: batch }, () => wanted).flat(), [batch, wanted.length, 1]),
      },
      { ...fetches, logits: new Tensor('float32', logits, shape) },
    );
    return logits;
  }

  #int64(values: readonly number[], shape: readonly number[]): Tensor {
    return new this.#runtime.Tensor('int64', BigInt64Array.from(values, BigInt), shape);
  }
}
