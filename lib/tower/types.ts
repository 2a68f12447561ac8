import type { PlainFloat32Array, PlainUint8Array, PlainUint16Array } from '../arrays.js';
import type { FeatureSpec } from '../features/index.js';
import type { ProviderChoice } from '../onnx/index.js';
import type { Tensor } from '../tensors/tensor.js';

/** What the tower is, by its checkpoint's family. */
export type TowerArchitecture = 'qwen2-audio' | 'whisper-encoder';

/** Precision of a model's weights and of its arithmetic. What goes in and comes out is float32 in all of them. */
export type TowerPrecision = 'fp32' | 'fp16' | 'int8';

/** What a tower takes and gives. */
export interface TowerSpec {
  /** Family of its checkpoint. */
  readonly architecture: TowerArchitecture;
  /** The features that it was trained with. */
  readonly features: FeatureSpec;
  /** Width of an embedding: the last axis of `audioFeatures`. */
  readonly dimension: number;
  /** Tokens of a clip of full length, which is the most that a clip has unless it is cut into pieces. */
  readonly tokens: number;
  /** Samples from the start of one token to that of the next. */
  readonly samplesPerToken: number;
}

/** What `AudioTower.load` may be told. */
export interface TowerOptions {
  /** Where the model runs. Default: `auto`, CUDA where it works, else the processor; `declined` says why. */
  readonly provider?: ProviderChoice | undefined;
  /** Which GPU. Default: 0. */
  readonly deviceId?: number | undefined;
  /** Which of the folder's models. Default: `fp32` where it is there, else `fp16`, else `int8`. */
  readonly precision?: TowerPrecision | undefined;
  /** Element type of `audioFeatures`; converted from float32, to the nearest, halves to even. Default: `float32`. */
  readonly dtype?: 'float32' | 'float16' | 'bfloat16' | undefined;
  /** What a single `.onnx` file is. A folder says it itself. */
  readonly architecture?: TowerArchitecture | undefined;
  /**
   * Most clips of one run. Default: 8 on a GPU, 1 on the processor, where a clip takes all cores and a batch only makes
   * everyone wait for its slowest. 1 for an `int8` model, too: it takes the scale of its numbers from the whole batch, so
   * that the embeddings of a clip depend on the clips beside it.
   */
  readonly maxBatch?: number | undefined;
  /**
   * Milliseconds that an idle tower waits for a batch to fill up. Default: 5 on a GPU, 0 on the processor. While a batch
   * runs the next one fills up anyway.
   */
  readonly maxWaitMs?: number | undefined;
  /** Clips that may wait; a call that finds so many rejects with `ERR_BUSY`. Default: 1024. */
  readonly maxQueue?: number | undefined;
  /**
   * Whether the files are compared with the hashes in `cochlea.json`: some seconds for gigabytes, in which the event
   * loop goes on. Default: true.
   */
  readonly verify?: boolean | undefined;
  /**
   * Whether each size of batch runs once while loading, so that no request waits for what a GPU prepares. Default: true
   * on a GPU, false on the processor, which prepares nothing.
   */
  readonly warm?: boolean | undefined;
}

/** What a call of `embed` may choose. */
export interface EmbedOptions {
  /**
   * What becomes of audio that is longer than a clip may be (30 s):
   * - `error` (default): the call rejects with `ERR_AUDIO_LIMIT`.
   * - `windows`: windows of full length that share `overlap`. Of what two windows share, each gives the half that lies
   *   further inside it, so that the joined embeddings have each moment once.
   * - `split`: cut at the quietest 100 ms of the last second before 30 s, as `split` of `cochlea` does; nothing shared.
   *
   * Audio that fits is one clip with each of them.
   */
  readonly long?: 'error' | 'windows' | 'split' | undefined;
  /** Seconds that neighbouring windows share, a whole number of tokens. Default: 5. Only with `long: 'windows'`. */
  readonly overlap?: number | undefined;
  /** Rejects with an `AbortError`. A clip that waits leaves the queue; of one in a run, the result is dropped. */
  readonly signal?: AbortSignal | undefined;
}

/** Embeddings that come from one run of the model over one clip, or a piece of a longer one. */
export interface EmbeddedPiece {
  /** Sample of the audio at which the first of these tokens begins; token i begins `i * samplesPerToken` later. */
  readonly startSample: number;
  /** How many there are. */
  readonly tokens: number;
}

/** B is the number of clips given. */
export interface AudioEmbeddings {
  /** `[sum of tokens, dimension]`: the clips' embeddings one after the other. Of 16-bit types, the bits. */
  readonly audioFeatures: Tensor<PlainFloat32Array | PlainUint16Array>;
  /** Of each clip, how many rows are its own. */
  readonly tokens: readonly number[];
  /**
   * bool `[B, width]`: which places hold audio. `width` is `spec.tokens`, or, where a clip was cut into pieces and has
   * more, the most tokens of a clip. With `qwen2-audio` row b has `tokens[b]` ones. With `whisper-encoder`, which gives
   * all positions of a clip, the ones are those with audio in them.
   */
  readonly mask: Tensor<PlainUint8Array>;
  /** Of each clip, its pieces: one, unless it was cut. */
  readonly pieces: readonly (readonly EmbeddedPiece[])[];
}
