import type { PlainFloat32Array, PlainUint8Array } from '../arrays.js';
import type { Damage, MediaInfo } from '../media_info.js';
import { loadAddon } from './addon.js';
import { defaultThreads } from './threads.js';

/** Option values that the addon takes as numbers: the index is the value of the C++ enumeration. */
export const nativeWords = {
  downmix: ['mean', 'ffmpeg', 'first', 'none'],
  quality: ['QQ', 'LQ', 'MQ', 'HQ', 'VHQ'],
  onDamage: ['conceal', 'error'],
  nonFinite: ['error', 'zero'],
  tail: ['decoded', 'edit-list'],
  format: ['wav', 'flac', 'mp3', 'opus', 'aac'],
  parallel: ['off', 'auto'],
  half: ['float16', 'bfloat16'],
} as const;

/** One flat object, which the addon reads once on the main thread. Every field has been checked. */
export interface NativeOptions {
  /** Hz; 0 keeps the source's rate. */
  readonly sampleRate: number;
  /** 0 keeps the source's channels. */
  readonly channels: number;
  readonly downmix: number;
  readonly quality: number;
  /** -1 for the best audio stream. */
  readonly stream: number;
  readonly onDamage: number;
  readonly nonFinite: number;
  readonly tail: number;
  /** Seconds; negative values count from the end. */
  readonly start: number;
  /** Seconds, or Infinity. */
  readonly end: number;
  readonly parallel: number;
  readonly limits: {
    readonly inputBytes: number;
    readonly seconds: number;
    readonly decodedBytes: number;
    readonly channels: number;
    readonly streams: number;
    readonly minSampleRate: number;
    readonly maxSampleRate: number;
  };
  readonly raw?: { readonly codec: string; readonly sampleRate: number; readonly channels: number };
}

/** Samples, channel after channel. */
export interface NativeSamples {
  readonly data: PlainFloat32Array;
  readonly channels: number;
  readonly frames: number;
  readonly sampleRate: number;
  readonly startFrame: number;
  readonly transferable: boolean;
}

export interface NativeDecoded extends NativeSamples {
  readonly source: MediaInfo;
  readonly damage: Damage;
  readonly log: readonly string[];
}

/** Options of an encode. Every field has been checked. */
export interface NativeEncodeOptions {
  readonly format: number;
  /** 16, 24, or 32 for float. Formats with a bit rate ignore it. */
  readonly bits: number;
  /** Bits per second. Formats with a bit depth ignore it. */
  readonly bitRate: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Size of the largest possible array. */
  readonly maxBytes: number;
}

export interface NativeEncoded {
  readonly bytes: PlainUint8Array;
  /** Number of clipped samples. */
  readonly clipped: number;
}

/** A file that is returned in pieces while it is written. One call at a time. */
export interface NativeEncodeStream {
  /** Takes planar samples, and returns the bytes that are ready. */
  write(samples: Float32Array, cancellation: NativeCancellation): Promise<NativeEncoded>;
  /** Returns the rest of the bytes. */
  finish(cancellation: NativeCancellation): Promise<NativeEncoded>;
}

export interface NativeChunk extends NativeSamples {
  /** Whether this is the last chunk, which may be empty. */
  readonly ended: boolean;
  /** In the first chunk. */
  readonly source?: MediaInfo;
  readonly damage: Damage;
}

/** A source that is decoded piece by piece. One call at a time. */
export interface NativeStream {
  read(): Promise<NativeChunk>;
  close(): Promise<void>;
}

/** Bytes that are still arriving, for one decode. */
export interface NativeFeed {
  /** Copies the chunk. If it returns false, wait for `room` before the next chunk. */
  push(chunk: Uint8Array): boolean;
  /** Resolves to true when there is room, and to false when no more bytes are needed. */
  room(): Promise<boolean>;
  end(): void;
  fail(): void;
  close(): void;
}

/** A file or bytes that many requests read. */
export interface NativeSharedSource {
  close(): void;
}

/** Sources of the addon: a path, bytes whose memory does not change, an open source, or a feed. */
export type NativeSource = string | Uint8Array | NativeSharedSource | NativeFeed;

/** A tensor in memory of the caller, which must not be detached while it is bound. */
export interface NativeTensor {
  readonly name: string;
  readonly data: Float32Array | Int8Array | Int32Array | BigInt64Array;
  readonly dims: readonly number[];
}

/** A model of ONNX Runtime on the CPU. */
export interface NativeOnnxModel {
  /** Name → shape; -1 for what a run decides. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Its memory is freed when its bindings have been released, too. */
  release(): void;
}

/** Where a model reads and writes. */
export interface NativeOnnxBinding {
  /** Runs the model, on this thread. */
  run(): void;
  release(): void;
}

/** The rejection of a native job, which `NativeJob` turns into an error. */
export interface NativeFailure {
  readonly code: string;
  readonly message: string;
  readonly limit?: string;
  readonly max?: number;
  readonly actual?: number;
  readonly errno?: number;
  /** Set if the source is a multipart form. */
  readonly form?: true;
}

/** How a clip is checked, and whether it is normalised first. */
export interface NativeClipOptions {
  /** Name of the clip in error messages. */
  readonly name: string;
  readonly normalize: boolean;
}

/** The tables of a front end, which the addon copies. */
export interface NativeLogMelSpec {
  readonly nFft: number;
  readonly hopLength: number;
  readonly mels: number;
  readonly floor: number;
  readonly range: number;
  readonly offset: number;
  readonly scale: number;
  /** `[nFft]`. */
  readonly window: Float64Array;
  /** `[mels, nFft / 2 + 1]`. */
  readonly filters: Float64Array;
}

/** A front end. Any number of calls at a time. */
export interface NativeLogMel {
  /**
   * `length`: number of samples, including the zeros of the padding. Fills `to`, `[mels, frames]`. Nothing else may
   * touch `to` before the promise settles.
   */
  compute(
    samples: Float32Array,
    options: NativeClipOptions & { readonly length: number },
    to: Float32Array,
    cancellation: NativeCancellation,
  ): Promise<void>;
}

/** A message of a peer: its name, and what it says. */
export interface NativeNixlMessage {
  readonly agent: string;
  readonly bytes: Uint8Array;
}

/** Bytes between a slot and memory of a peer. */
export interface NativeNixlTransfer {
  /** From the slot to the peer; else the other way. */
  readonly write: boolean;
  /** The peer's metadata. */
  readonly peer: Uint8Array;
  /** In the peer's memory. */
  readonly address: number;
  readonly memory: 'cpu' | 'cuda';
  readonly device: number;
  /** What the peer is told once the bytes are there. */
  readonly notification: Uint8Array;
}

/** An agent of NIXL: native/addon/transfer/nixl_agent.h. Its memory is divided into slots, known by their addresses. */
export interface NativeNixlAgent {
  /** Half a second, on a thread of the pool. The agent's metadata. */
  open(cancellation: NativeCancellation): Promise<Uint8Array>;
  /** `undefined`: there is no room now. */
  take(bytes: number): number | undefined;
  /** The views have as many bytes as the slot. */
  fill(address: number, parts: readonly ArrayBufferView[], cancellation: NativeCancellation): Promise<void>;
  /** All bytes of the slot. */
  transfer(address: number, transfer: NativeNixlTransfer, cancellation: NativeCancellation): Promise<void>;
  /** The slot belongs to the buffer from now on: `unmap` gives it back, or the garbage collector. */
  handOver(address: number): ArrayBuffer;
  giveBack(address: number): void;
  /** Slots that are taken, and their bytes; those that were handed over count until they are given back. */
  usage(): { slots: number; bytes: number };
  /** Transfers that run fail. Buffers that were handed over stay valid. */
  close(): Promise<void>;
}

/** What may come next: native/core/transcribe/token_rules.h. */
export interface NativeTokenRules {
  /** Added to the logits: 0, or -Infinity for a token that never comes. */
  readonly bias: Float32Array;
  /** Tokens from here up to `timestamps` are allowed. */
  readonly first: number;
  /** The first timestamp. */
  readonly timestamps: number;
  /** Timestamps from here up to `end` are allowed. */
  readonly earliest: number;
  readonly end: number;
  /** Whether it must be a timestamp if all timestamps together are more probable than any other token. */
  readonly preferTimestamps: boolean;
  /** 0: the most probable token. */
  readonly temperature: number;
  /** Of [0, 1): which token is drawn, if the temperature is not 0. */
  readonly draw: number;
}

/** Cancels its request. */
export interface NativeCancellation {
  cancel(): void;
}

export interface NativeBinding {
  readonly Cancellation: new (timeoutMilliseconds?: number) => NativeCancellation;
  /**
   * XXH3-64 of all bytes of the views, one after the other, in 16 lower-case hexadecimal digits. Nobody writes to them
   * before the promise settles.
   */
  digest(parts: readonly ArrayBufferView[], cancellation: NativeCancellation): Promise<string>;
  encode(samples: Float32Array, options: NativeEncodeOptions, cancellation: NativeCancellation): Promise<NativeEncoded>;
  /** Fills `to`, which is as long as `from`. Nothing else may touch `to` before the promise settles. */
  convert(from: Float32Array, format: number, to: Uint16Array, cancellation: NativeCancellation): Promise<void>;
  readonly EncodeStream: new (options: NativeEncodeOptions) => NativeEncodeStream;
  readonly Feed: new (maxBytes: number, temporaryFolder: string) => NativeFeed;
  readonly LogMel: new (spec: NativeLogMelSpec) => NativeLogMel;
  /**
   * A file as memory that is read when it is touched, and that no other process sees written. It must be a regular file,
   * not a link, of exactly so many bytes, without holes where it lies in tmpfs; else the job fails with
   * `ERR_AUDIO_SOURCE` and an error number. The buffer cannot be transferred to a worker; the mapping ends with it, or
   * with `unmap`. Whoever may write to the file can still change or cut it: see native/core/transfer/mapped_file.h.
   */
  mapFile(path: string, bytes: number, cancellation: NativeCancellation): Promise<ArrayBuffer>;
  /**
   * Takes all inputs, and the outputs that are wanted, and keeps their arrays.
   *
   * @throws {TypeError} The model has none of that name, or a shape does not fit its memory.
   */
  readonly OnnxBinding: new (
    model: NativeOnnxModel,
    inputs: readonly NativeTensor[],
    outputs: readonly NativeTensor[],
  ) => NativeOnnxBinding;
  /** `config`: as onnxruntime_session_options_config_keys.h has it. `threads`: 0 is one for each core. */
  readonly OnnxModel: new (
    library: string,
    path: string,
    options: { readonly threads: number; readonly config: Readonly<Record<string, string>> },
  ) => NativeOnnxModel;
  /** `onMessages` is called as long as the agent is open; it must not throw. It does not keep the process alive. */
  readonly NixlAgent: new (
    library: string,
    name: string,
    arenaBytes: number,
    onMessages: (messages: readonly NativeNixlMessage[]) => void,
  ) => NativeNixlAgent;
  /** Fills `to` with the samples, and zeros after them. */
  pad(
    samples: Float32Array,
    options: NativeClipOptions,
    to: Float32Array,
    cancellation: NativeCancellation,
  ): Promise<void>;
  /** Detaches a buffer of `mapFile`, and ends its mapping in this turn of the event loop or the next. */
  unmap(buffer: ArrayBuffer): void;
  readonly Source: new (source: string | Uint8Array) => NativeSharedSource;
  readonly Stream: new (
    source: NativeSource,
    options: NativeOptions,
    cancellation: NativeCancellation,
    piece: { seconds: number; frames: number; timeout: number },
  ) => NativeStream;
  decode(source: NativeSource, options: NativeOptions, cancellation: NativeCancellation): Promise<NativeDecoded>;
  /** `undefined`: the logits are no numbers. */
  pickToken(logits: Float32Array, rules: NativeTokenRules): { token: number; logProbability: number } | undefined;
  /** The natural logarithm of the probability of a token among all tokens. */
  logProbability(logits: Float32Array, token: number): number;
  probe(source: NativeSource, options: NativeOptions, cancellation: NativeCancellation): Promise<MediaInfo>;
  versions(): { ffmpeg: string; ffmpegLicense: string; soxr: string; soxrEngine: string };
  /** Gives memory that was freed back to the system. Takes milliseconds. */
  trimMemory(): void;
  /** Loads a shared library, which is never unloaded. Returns `undefined`, or why it does not load. */
  loadLibrary(path: string): string | undefined;
  /** Sets an environment variable of the process, unless it is already set. */
  setVariable(name: string, value: string): void;
  load(): { threads: number; running: number; waiting: number; stalled: number };
  /** Number of threads of the pool of this process. Does not start the pool. */
  threads(): number;
  /** `onlyFirst`: does nothing if the number was set before, here or in a worker. */
  setThreads(count: number, onlyFirst?: boolean): void;
}

const addon = loadAddon();

/** The file that the addon was loaded from. Relative to the package, if it lies in the package. */
export const addonFile = addon.file;

export const native = addon.exports as NativeBinding;
native.setThreads(defaultThreads(), true);
