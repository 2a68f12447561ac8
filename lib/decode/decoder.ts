import type { Duplex } from 'node:stream';
import type { MediaInfo } from '../media_info.js';
import { type NativeDecoded, native } from '../native/binding.js';
import { type BatchOptions, type BatchSources, checkBatch, checkSources, decodeAll } from './decode_all.js';
import { runJob } from './job.js';
import type { DecodeLimits } from './limits.js';
import { logMessages } from './log.js';
import {
  apart,
  type ChunkSize,
  checkChunkSize,
  checkDecoderOptions,
  checkRequest,
  oneSecond,
  requestKeys,
} from './options.js';
import { type AudioChunk, shapeOf } from './pieces/chunk.js';
import { cutStream } from './pieces/cut.js';
import { withFacts } from './pieces/facts.js';
import { checkSplit, type DecodeSplitOptions, splitKeys } from './pieces/split.js';
import {
  type AudioWindow,
  checkWindows,
  type DecodeWindowOptions,
  type WindowOptions,
  windowKeys,
} from './pieces/windows.js';
import type { AudioSource } from './source/audio_source.js';
import { checkSource } from './source/checked_source.js';
import { AudioStream } from './stream.js';
import { ChunkTransform } from './transform.js';
import type { AudioDecoderOptions, DecodedAudio, DecodeOptions, StreamOptions } from './types.js';

/**
 * Decodes with fixed options, and with limits that no request can lift.
 *
 * Stateless between calls: one decoder serves any number of concurrent requests. Decoding runs on Cochlea's own
 * threads. Their number is that of the available processors, unless `configure` sets another. Further requests wait for
 * a thread.
 *
 * @example
 * const decoder = new AudioDecoder({ sampleRate: 16_000, limits: { seconds: 600 } });
 * const audio = await decoder.decode(upload, { signal });
 */
export class AudioDecoder {
  /** The limits in force, with defaults filled in. */
  readonly limits: DecodeLimits;
  readonly #defaults: AudioDecoderOptions;

  /**
   * @throws {TypeError} An option is of the wrong type, or unknown.
   * @throws {RangeError} An option is out of range.
   */
  constructor(options: AudioDecoderOptions = {}) {
    const { limits, defaults } = checkDecoderOptions(options);
    this.limits = Object.freeze(limits);
    this.#defaults = Object.freeze(defaults);
  }

  /**
   * Decodes a whole source: float32, nominal range ±1, `[frames]` for one channel and
   * `[channels, frames]` otherwise, at `sampleRate` Hz (default: that of the source).
   *
   * With `sampleRate: 16_000` and otherwise the defaults, the result equals that of `librosa.load(path, sr=16000)`: bit
   * for bit for lossless sources, within 5e-6 for MP3, Vorbis and Opus.
   *
   * @throws {TypeError} The source or an option is of the wrong type (at the call).
   * @throws {RangeError} An option is out of range (at the call).
   * @returns A promise that rejects with a `CochleaError` (see docs/errors.md), or with an
   * `AbortError` once `signal` aborts.
   */
  decode(source: AudioSource, options: DecodeOptions = {}): Promise<DecodedAudio> {
    const request = checkRequest(options, this.#defaults, this.limits);
    const checked = checkSource(source, this.limits.inputBytes);
    const caller: { stack?: string } = {};
    Error.captureStackTrace(caller, this.decode);
    return runJob(
      checked,
      request,
      async (ready, cancellation) => decodedAudio(await native.decode(ready, request.native, cancellation)),
      caller,
    );
  }

  /**
   * Decodes piece by piece: an async iterable of chunks of `seconds` (default: 1) or `frames` each. Memory is bounded,
   * whatever the length of the source. The next chunk is decoded while the loop works on the current one.
   *
   * @throws {TypeError} The source or an option is of the wrong type (at the call).
   * @throws {RangeError} An option is out of range (at the call).
   * @example
   * for await (const chunk of decoder.stream(request.body, { seconds: 1 })) …
   */
  stream(source: AudioSource, options: StreamOptions = {}): AudioStream {
    const { size, rest } = checkChunkSize(options);
    return this.#stream(source, rest, size);
  }

  #stream(source: AudioSource, options: DecodeOptions, size: ChunkSize): AudioStream {
    const request = checkRequest(options, this.#defaults, this.limits);
    return new AudioStream(checkSource(source, this.limits.inputBytes, true), request, size);
  }

  /**
   * Fixed windows that slide over a source while it is decoded. They are those that `windows` makes of decoded audio.
   * Memory is bounded, whatever the length of the source. With `start` and `end`, the first window begins at `start`;
   * `startFrame` and `start` of a window count from the start of the whole audio. `timeout` starts anew for each second
   * of audio, as for each chunk of `stream`.
   *
   * @throws {TypeError} The source or an option is of the wrong type (at the call).
   * @throws {RangeError} An option is out of range (at the call; if it depends on the sample rate of the source,
   * with the first window).
   * @returns Windows of float32 samples, to be iterated once. Iterating throws the same errors as `stream`. Leaving the
   * loop early closes the source.
   * @example
   * for await (const { data, start } of decoder.windows('talk.mp3', { seconds: 30, overlap: 5, pad: true })) …
   */
  windows(source: AudioSource, options: DecodeWindowOptions): AsyncGenerator<AudioWindow, void, undefined> {
    const [cuts, rest] = apart(options, windowKeys, requestKeys);
    const cutterFor = checkWindows(cuts as WindowOptions);
    return cutStream(this.#stream(source, rest, oneSecond), cutterFor, rest.signal);
  }

  /**
   * Segments of a source, cut at quiet places while it is decoded, as `split` cuts a stream. Memory is bounded,
   * whatever the length of the source. `start`, `end` and `timeout` work as for `windows`.
   *
   * @throws {TypeError} The source or an option is of the wrong type (at the call).
   * @throws {RangeError} An option is out of range (at the call; if it depends on the sample rate of the source,
   * with the first segment).
   * @returns Segments of float32 samples, to be iterated once. Iterating throws the same errors as `stream`. Leaving
   * the loop early closes the source.
   * @example
   * for await (const { data, start } of decoder.split(request.body, { maxSeconds: 30 })) …
   */
  split(source: AudioSource, options: DecodeSplitOptions = {}): AsyncGenerator<AudioChunk, void, undefined> {
    const [cuts, rest] = apart(options, splitKeys, requestKeys);
    const cutterFor = checkSplit(cuts);
    return cutStream(this.#stream(source, rest, oneSecond), cutterFor, rest.signal);
  }

  /**
   * `stream` as a Node stream for `pipeline`: write encoded bytes to it, and read `AudioChunk`s from it.
   *
   * @throws {TypeError} An option is of the wrong type (at the call).
   * @throws {RangeError} An option is out of range (at the call).
   * @example
   * await pipeline(request, decoder.transform({ seconds: 30 }), async (chunks) => { … });
   */
  transform(options: StreamOptions = {}): Duplex {
    // Checked here rather than with the first byte.
    checkRequest(checkChunkSize(options).rest, this.#defaults, this.limits);
    return new ChunkTransform((bytes) => this.stream(bytes, options)[Symbol.asyncIterator]());
  }

  /**
   * Reads the headers of a source: container, codec, rate, channels, duration, and its audio streams. Decodes nothing,
   * so a file with good headers may still be damaged.
   *
   * @throws {TypeError} The source or an option is of the wrong type (at the call).
   * @returns A promise that rejects as that of `decode` does.
   */
  probe(source: AudioSource, options: DecodeOptions = {}): Promise<MediaInfo> {
    const request = checkRequest(options, this.#defaults, this.limits);
    const checked = checkSource(source, this.limits.inputBytes);
    const caller: { stack?: string } = {};
    Error.captureStackTrace(caller, this.probe);
    return runJob(checked, request, (ready, cancellation) => native.probe(ready, request.native, cancellation), caller);
  }

  /**
   * Decodes many sources, several at a time, and reports every outcome in the order of the sources, as
   * `Promise.allSettled` does. A source that fails, even one of the wrong type, does not affect the others.
   *
   * Each source is requested only when its turn has come. If the sources should not all be in memory at once, pass a
   * generator, or a function for each source that fetches it. Up to `concurrency` functions run at a time. An error
   * that a function throws is the outcome of its source.
   *
   * Decodes that run at the same time hold at most `maxBytes`: the encoded bytes in memory, plus the result. The size
   * of the result comes from the header, or else is the most that so many encoded bytes are likely to become (one
   * second for each 500 bytes). `start` and `end` shorten it. A source that needs more than `maxBytes` runs alone. The
   * size of a stream of bytes is not known. It counts as the most that `limits.inputBytes` and `limits.seconds` allow,
   * which by default is more than `maxBytes`, so a stream runs alone. An `end` or lower limits let several streams run
   * at once. Two things do not count: fetched sources that wait for room (up to `concurrency`), and finished results.
   *
   * `timeout` applies to each decode.
   *
   * @throws {TypeError} `sources` is not an iterable or async iterable, is itself a source (bytes, a stream of bytes;
   * any `ReadableStream`), or an option is of the wrong type (at the call).
   * @throws {RangeError} An option is out of range (at the call).
   * @returns A promise that rejects only if `sources` itself throws, with that, or with an `AbortError` once
   * `signal` aborts; by then nothing runs any more.
   *
   * @example
   * const outcomes = await decoder.decodeAll(keys.map((key) => () => storage.get(key)));
   */
  decodeAll(sources: BatchSources, options: BatchOptions = {}): Promise<PromiseSettledResult<DecodedAudio>[]> {
    const batch = checkBatch(options);
    const request = checkRequest(batch.each, this.#defaults, this.limits);
    checkSources(sources);
    return decodeAll(sources, batch, request, {
      decode: (source) => this.decode(source, batch.each),
      probe: (source) => this.probe(source, batch.each),
    });
  }
}

function decodedAudio(decoded: NativeDecoded): DecodedAudio {
  const { data, channels, frames, sampleRate, startFrame, source, damage, transferable, log } = decoded;
  logMessages(log);
  return withFacts({
    data,
    shape: shapeOf(frames, channels),
    dtype: 'float32',
    sampleRate,
    channels,
    frames,
    duration: frames / sampleRate,
    startFrame,
    source,
    damage,
    transferable,
  });
}
