import type { NativeOnnxBinding, NativeTensor } from '../../native/binding.js';
import type { BoundModel, ProgramHost } from '../../onnx/index.js';
import { Arena, elements } from './arena.js';
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
  readonly #cross: BoundModel;
  readonly #decoder: BoundModel;
  readonly #arena: Arena;
  /** Where logits are written: those of all places. */
  readonly #logits: Float32Array;
  /** Of runs that append one token, by first and last place. */
  readonly #steps = new Map<string, Run>();
  readonly #loadAlign: () => BoundModel;
  #align: BoundModel | undefined;

  static load(host: ProgramHost, options: DecoderOptions): Decoder {
    const cross = host.load(options.cross);
    try {
      return new Decoder(host, options, cross, host.load(options.decoder));
    } catch (error) {
      cross.release();
      throw error;
    }
  }

  private constructor(host: ProgramHost, options: DecoderOptions, cross: BoundModel, decoder: BoundModel) {
    this.shape = options.shape;
    this.#cross = cross;
    this.#decoder = decoder;
    this.#arena = new Arena('cross_key_scale_0' in decoder.inputs, options.shape, options.windows);
    this.#logits = new Float32Array(Math.max(options.windows, 2) * options.shape.vocabulary);
    this.#loadAlign = () => host.load(options.align);
  }

  take(): number {
    return this.#arena.take();
  }

  free(place: number): void {
    this.#arena.free(place);
  }

  /** Fills the cross-attention of a place. */
  attend(place: number, embeddings: Float32Array): void {
    const { heads, headSize, frames } = this.shape;
    const audio = { name: 'audio_features', data: embeddings, dims: [1, frames, heads * headSize] };
    const { inputs } = this.#arena.tensors(place, place);
    runOnce(this.#cross, [audio], named(inputs, this.#cross.outputs));
  }

  /**
   * The logits after one token of the prompt and after its last one: two rows, valid until the next run. The window has
   * no tokens before.
   */
  begin(place: number, prompt: readonly number[], start: number): readonly [Float32Array, Float32Array] {
    const logits = this.#run(place, place, [{ place, length: 0, tokens: prompt }], [start, prompt.length - 1]);
    const { vocabulary } = this.shape;
    return [logits.subarray(0, vocabulary), logits.subarray(vocabulary, 2 * vocabulary)];
  }

  /**
   * Appends one token to each window. The logits of the places from the first to the last of them, a row for each,
   * valid until the next run. Windows between them that append nothing lose their tokens.
   */
  step(appends: readonly Append[]): (place: number) => Float32Array {
    const places = appends.map(({ place }) => place);
    const [first, last] = [Math.min(...places), Math.max(...places)];
    const logits = this.#run(first, last, appends, [0]);
    const { vocabulary } = this.shape;
    return (place) => logits.subarray((place - first) * vocabulary, (place - first + 1) * vocabulary);
  }

  /** Attention of the alignment heads, `[heads, tokens, frames]`. */
  align(place: number, tokens: readonly number[]): Float32Array {
    this.#align ??= this.#loadAlign();
    const { weights: [, heads = 0] = [] } = this.#align.outputs;
    const dims = [1, heads, tokens.length, this.shape.frames];
    const weights = new Float32Array(elements(dims));
    const given = { name: 'tokens', data: BigInt64Array.from(tokens, BigInt), dims: [1, tokens.length] };
    const cross = named(this.#arena.tensors(place, place).inputs, this.#align.inputs);
    runOnce(this.#align, [given, ...cross], [{ name: 'weights', data: weights, dims }]);
    return weights;
  }

  release(): void {
    for (const { binding } of this.#steps.values()) binding.release();
    for (const model of [this.#cross, this.#decoder, this.#align]) model?.release();
  }

  /** All of `appends` append as many tokens. `wanted`: of which of them logits come out. */
  #run(first: number, last: number, appends: readonly Append[], wanted: readonly number[]): Float32Array {
    const count = appends[0]?.tokens.length ?? 0;
    const isStep = count === 1 && wanted.length === 1;
    const run = isStep ? this.#stepOf(first, last) : this.#bind(first, last, count, wanted.length);
    run.tokens.fill(0n);
    run.positions.fill(0n);
    run.last.fill(0);
    for (const { place, length, tokens } of appends) {
      const row = place - first;
      for (const [i, token] of tokens.entries()) {
        run.tokens[row * count + i] = BigInt(token);
        run.positions[row * count + i] = BigInt(length + i);
      }
      run.last[row] = length + count - 1;
    }
    run.total[0] = Math.max(...run.last) + 1;
    for (let i = 0; i < run.wanted.length; i++) run.wanted[i] = BigInt(wanted[i % wanted.length] ?? 0);
    try {
      run.binding.run();
    } finally {
      if (!isStep) run.binding.release();
    }
    return run.logits;
  }

  #stepOf(first: number, last: number): Run {
    const key = `${first} ${last}`;
    const run = this.#steps.get(key) ?? this.#bind(first, last, 1, 1);
    this.#steps.set(key, run);
    return run;
  }

  #bind(first: number, last: number, count: number, wanted: number): Run {
    const batch = last - first + 1;
    const { vocabulary } = this.shape;
    const run = {
      tokens: new BigInt64Array(batch * count),
      positions: new BigInt64Array(batch * count),
      last: new Int32Array(batch),
      total: new Int32Array(1),
      wanted: new BigInt64Array(batch * wanted),
      logits: this.#logits.subarray(0, batch * wanted * vocabulary),
    };
    const { inputs, outputs } = this.#arena.tensors(first, last);
    const binding = this.#decoder.bind(
      [
        ...inputs,
        { name: 'tokens', data: run.tokens, dims: [batch, count] },
        { name: 'positions', data: run.positions, dims: [batch, count] },
        { name: 'last', data: run.last, dims: [batch] },
        { name: 'total', data: run.total, dims: [] },
        { name: 'wanted', data: run.wanted, dims: [batch, wanted, 1] },
      ],
      [...outputs, { name: 'logits', data: run.logits, dims: [batch, wanted, vocabulary] }],
    );
    return { ...run, binding };
  }
}

/** A run of the decoder: what it reads and writes beside the arena. */
interface Run {
  readonly binding: NativeOnnxBinding;
  readonly tokens: BigInt64Array;
  readonly positions: BigInt64Array;
  readonly last: Int32Array;
  readonly total: Int32Array;
  readonly wanted: BigInt64Array;
  readonly logits: Float32Array;
}

function runOnce(model: BoundModel, inputs: readonly NativeTensor[], outputs: readonly NativeTensor[]): void {
  const binding = model.bind(inputs, outputs);
  try {
    binding.run();
  } finally {
    binding.release();
  }
}

/** Those of the tensors that have one of these names. */
function named(tensors: readonly NativeTensor[], names: Readonly<Record<string, unknown>>): readonly NativeTensor[] {
  return tensors.filter(({ name }) => name in names);
}
