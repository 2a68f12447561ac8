import type { PlainFloat32Array, PlainUint8Array, PlainUint16Array } from '../arrays.js';
import type { FeatureSpec } from '../features/index.js';
import type { ProviderChoice } from '../onnx/index.js';
import type { Tensor } from '../tensors/tensor.js';

/** Family of the checkpoint that a tower comes from. */
export type TowerArchitecture = 'qwen2-audio' | 'whisper-encoder';

/** Precision of a model's weights and of its arithmetic. Inputs and outputs are always float32. */
export type TowerPrecision = 'fp32' | 'fp16' | 'int8';

/** Input and output of a tower. */
export interface TowerSpec {
  /** Family of the checkpoint. */
  readonly architecture: TowerArchitecture;
  /** The features that it was trained with. */
  readonly features: FeatureSpec;
  /** Width of an embedding: the last axis of `audioFeatures`. */
  readonly dimension: number;
  /** Tokens of a clip of full length. A clip has no more, unless it is cut into pieces. */
  readonly tokens: number;
  /** Samples from the start of one token to that of the next. */
  readonly samplesPerToken: number;
}

/** Options of `AudioTower.load`. */
export interface TowerOptions {
  /** Where the model runs. Default: `auto`: CUDA if it works here, else the CPU; `declined` says why. */
  readonly provider?: ProviderChoice | undefined;
  /** Which GPU. Default: 0. */
  readonly deviceId?: number | undefined;
  /** Threads of a run on the CPU, from 1 to 1024. Default: one for each physical core. */
  readonly threads?: number | undefined;
  /** Which model of the folder. Default: `fp32` if the folder has it, else `fp16`, else `int8`. */
  readonly precision?: TowerPrecision | undefined;
  /** Element type of `audioFeatures`. Converted from float32, rounded to nearest, ties to even. Default: `float32`. */
  readonly dtype?: 'float32' | 'float16' | 'bfloat16' | undefined;
  /** Architecture of a single `.onnx` file. A folder states its own. */
  readonly architecture?: TowerArchitecture | undefined;
  /**
   * Most clips of one run. Default: 8 on a GPU. 1 on the CPU: a clip uses all cores, so a batch would only make every
   * clip wait for the slowest. 1 for an `int8` model, too: with dynamic quantisation its scales come from the whole
   * batch, so the embeddings of a clip would depend on the other clips.
   */
  readonly maxBatch?: number | undefined;
  /**
   * Milliseconds that an idle tower waits for a batch to fill. Default: 5 on a GPU, 0 on the CPU. While a batch runs,
   * the next one fills anyway.
   */
  readonly maxWaitMs?: number | undefined;
  /** Maximum number of waiting clips. Further clips are refused with `ERR_BUSY`. Default: 1024. */
  readonly maxQueue?: number | undefined;
  /**
   * Whether the files are compared with the hashes in `cochlea.json`. This takes some seconds for gigabytes, and does
   * not block the event loop. Default: true.
   */
  readonly verify?: boolean | undefined;
  /**
   * Whether each batch size runs once while loading, so that no request waits for the preparations of a GPU. Default:
   * true on a GPU, false on the CPU, which prepares nothing.
   */
  readonly warm?: boolean | undefined;
}

/** Options of one call of `embed`. */
export interface EmbedOptions {
  /**
   * How to handle audio that is longer than one clip (30 s):
   * - `error` (default): the call rejects with `ERR_AUDIO_LIMIT`.
   * - `windows`: windows of full length that share `overlap`. Each of two neighbouring windows gives the half of the
   *   shared tokens that lies further inside it, so the joined embeddings have each moment once.
   * - `split`: balanced pieces without overlap, cut at quiet places, as `split` of `cochlea` does.
   *
   * Audio of up to 30 s is one clip in all three cases.
   */
  readonly long?: 'error' | 'windows' | 'split' | undefined;
  /** Seconds that neighbouring windows share, a whole number of tokens. Default: 5. Only with `long: 'windows'`. */
  readonly overlap?: number | undefined;
  /**
   * Aborts the call: it rejects with an `AbortError`. A waiting clip leaves the queue; the result of a running one is
   * dropped.
   */
  readonly signal?: AbortSignal | undefined;
}

/** The embeddings of one clip, or of one piece of a longer clip. */
export interface EmbeddedPiece {
  /** Sample of the audio at which the first of these tokens begins; token i begins `i * samplesPerToken` later. */
  readonly startSample: number;
  /** Number of these tokens. */
  readonly tokens: number;
}

/** The result of `embed`. B is the number of clips. */
export interface AudioEmbeddings {
  /**
   * `[sum of tokens, dimension]`: the embeddings of all clips, one clip after the other. 16-bit types are given as
   * bits.
   */
  readonly audioFeatures: Tensor<PlainFloat32Array | PlainUint16Array>;
  /** Number of rows that belong to each clip. */
  readonly tokens: readonly number[];
  /**
   * bool `[B, width]`: which positions hold audio. `width` is `spec.tokens`, or the most tokens of a clip if that is
   * more, after a clip was cut into pieces. With `qwen2-audio`, row b has `tokens[b]` ones. `whisper-encoder` gives all
   * positions of a clip; the ones mark those that hold audio.
   */
  readonly mask: Tensor<PlainUint8Array>;
  /** The pieces of each clip: one, unless the clip was cut. */
  readonly pieces: readonly (readonly EmbeddedPiece[])[];
}
