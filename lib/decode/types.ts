import type { PlainFloat32Array } from '../arrays.js';
import type { Damage, MediaInfo } from '../media_info.js';
import type { Tensor } from '../tensors/tensor.js';
import type { DecodeLimits } from './limits.js';

/**
 * How many channels become one:
 * - `mean`: the average of all channels, as librosa and vLLM do.
 * - `ffmpeg`: swresample's float matrix, as `ffmpeg -ac 1` to float, torchcodec and the transformers
 *   `load_audio` do (0.7071 (L + R) for stereo: louder than the mean, may exceed ±1).
 * - `first`: the first channels of the source, the rest dropped (mono goes to both of two channels).
 * - `none`: no mixing: a source whose channel count differs from `channels` is refused.
 */
export type Downmix = 'mean' | 'ffmpeg' | 'first' | 'none';

/** libsoxr's quality recipes, from fastest to best. `HQ` is librosa's default. */
export type ResampleQuality = 'QQ' | 'LQ' | 'MQ' | 'HQ' | 'VHQ';

/** PCM codecs that can be read without a container. */
export type RawCodec =
  | 'pcm_alaw'
  | 'pcm_f32be'
  | 'pcm_f32le'
  | 'pcm_f64be'
  | 'pcm_f64le'
  | 'pcm_mulaw'
  | 'pcm_s16be'
  | 'pcm_s16le'
  | 'pcm_s24be'
  | 'pcm_s24le'
  | 'pcm_s32be'
  | 'pcm_s32le'
  | 'pcm_s8'
  | 'pcm_u16be'
  | 'pcm_u16le'
  | 'pcm_u24be'
  | 'pcm_u24le'
  | 'pcm_u32be'
  | 'pcm_u32le'
  | 'pcm_u8';

/** Describes bytes that have no header. */
export interface RawFormat {
  /** Format of a sample, by FFmpeg's name. */
  readonly codec: RawCodec;
  /** Hz. */
  readonly sampleRate: number;
  /** Interleaved channels. */
  readonly channels: number;
}

/** Options of one decode. */
export interface DecodeOptions {
  /** Sample rate of the result in Hz (whole). Default: the rate of the source. */
  readonly sampleRate?: number | undefined;
  /** Channels of the result. Default: 1. `native` keeps those of the source. */
  readonly channels?: 1 | 2 | 'native' | undefined;
  /** Default: `mean`. */
  readonly downmix?: Downmix | undefined;
  /** Resampling quality. Default: `HQ`. */
  readonly quality?: ResampleQuality | undefined;
  /**
   * Index of the stream to decode, counted over all streams of the container as ffprobe does. Default: FFmpeg's best
   * audio stream.
   */
  readonly stream?: number | undefined;
  /**
   * Default: `conceal`: packets that cannot be decoded are skipped and counted in `damage`. `error`: the first damage
   * rejects with `ERR_AUDIO_CORRUPT`. A source that yields no samples is always an error.
   */
  readonly onDamage?: 'conceal' | 'error' | undefined;
  /**
   * NaN and infinite samples: `error` (default) rejects with `ERR_AUDIO_CORRUPT`; `zero` replaces them by 0 and counts
   * them.
   */
  readonly nonFinite?: 'error' | 'zero' | undefined;
  /**
   * Default: `decoded`, everything that FFmpeg decodes. `edit-list` trims MP4 and MOV to the length in their edit list.
   */
  readonly tail?: 'decoded' | 'edit-list' | undefined;
  /**
   * Where to begin, in seconds. Negative values count from the end of the audio. Default: 0.
   * The result is a slice of the whole decode: frames `floor(start * sampleRate + 0.5)` up to, not including,
   * `floor(end * sampleRate + 0.5)`. Audio before `start` is not decoded if the result is provably the same without it.
   */
  readonly start?: number | undefined;
  /** Where to end, in seconds from the start of the audio. Default: its end. A later `end` is not an error. */
  readonly end?: number | undefined;
  /**
   * Default: `auto`: audio of 20 s or more is decoded and resampled on all threads that are idle when it starts. The
   * result is the same, to the bit. docs/formats.md lists the codecs. `off`: one thread from start to end.
   */
  readonly parallel?: 'auto' | 'off' | undefined;
  /** Read headerless PCM instead of probing for a container. */
  readonly raw?: RawFormat | undefined;
  /** Aborts the call: it rejects with an `AbortError` whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the call to its end, including waiting. Default: none. */
  readonly timeout?: number | undefined;
}

/** Options of a stream. `timeout` starts anew with each chunk, so it ends a stream whose producer stalls. */
export interface StreamOptions extends DecodeOptions {
  /** Length of a chunk in seconds, at most a day. Default: 1. */
  readonly seconds?: number | undefined;
  /** Length of a chunk in frames of the result, instead of `seconds`. */
  readonly frames?: number | undefined;
}

/** Options of a decoder: defaults for each request, and limits that no request can lift. */
export interface AudioDecoderOptions extends Omit<DecodeOptions, 'signal'> {
  /** Limits on the resources of each request. Default: `defaultLimits`. */
  readonly limits?: Partial<DecodeLimits> | undefined;
}

/**
 * Decoded audio: a float32 tensor, `[frames]` for one channel, `[channels, frames]` otherwise, nominal range ±1.
 * `JSON.stringify` gives the facts, without the samples.
 */
export interface DecodedAudio extends Tensor<PlainFloat32Array> {
  /** Always `float32`. */
  readonly dtype: 'float32';
  /** Hz. */
  readonly sampleRate: number;
  /** Number of channels. */
  readonly channels: number;
  /** Samples per channel. */
  readonly frames: number;
  /** `frames / sampleRate`, in seconds. */
  readonly duration: number;
  /** Position of the first frame in the whole audio: 0 without a range. */
  readonly startFrame: number;
  /** Facts about the source, from its headers. */
  readonly source: MediaInfo;
  /** Damage that was found in the source, and how it was handled. */
  readonly damage: Damage;
  /** Whether `data.buffer` can be transferred to a worker. If not, `structuredClone` copies it. */
  readonly transferable: boolean;
}
