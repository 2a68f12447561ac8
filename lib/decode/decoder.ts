import { debuglog } from 'node:util';
import type { MediaInfo } from '../media_info.js';
import { type NativeDecoded, native } from '../native.js';
import { type BatchOptions, type BatchSources, checkBatch, checkSources, decodeBatch } from './batch.js';
import { runJob } from './job.js';
import type { DecodeLimits } from './limits.js';
import { checkDecoderOptions, checkLimits, checkRequest } from './options.js';
import { checkSource } from './source.js';
import type { AudioDecoderOptions, AudioSource, DecodedAudio, DecodeOptions } from './types.js';

/** FFmpeg's messages: run with `NODE_DEBUG=cochlea` to see them. */
const debug = debuglog('cochlea');

/**
 * Decodes with options that are set once and limits that no request can lift.
 *
 * Stateless between calls: one decoder serves any number of concurrent requests. Decoding runs on
 * Cochlea's own threads, as many as the machine runs in parallel; further requests wait their turn.
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
    checkDecoderOptions(options);
    const { limits, ...defaults } = options;
    this.limits = Object.freeze(checkLimits(limits));
    this.#defaults = Object.freeze({ ...defaults });
  }

  /**
   * Decodes a whole source: float32, nominal range ±1, `[frames]` for one channel and
   * `[channels, frames]` otherwise, at `sampleRate` Hz (default: that of the source).
   *
   * With `sampleRate: 16_000` and the defaults this is what `librosa.load(path, sr=16000)` returns:
   * bit for bit for lossless sources, within 5e-6 for MP3, Vorbis and Opus.
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
   * Reads the headers of a source: container, codec, rate, channels, duration, and its audio streams.
   * Decodes nothing, so a file that probes may still prove damaged.
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
   * `Promise.allSettled` does: one that fails, even one of the wrong type, rejects nothing but itself.
   *
   * A source is asked for only when its turn has come. So sources that should not all be in memory at once can come
   * from a generator, or each from a function that fetches it (up to `concurrency` of them run at a time, and
   * what one throws is the outcome of that source).
   *
   * Decodes that run at the same time hold at most `maxBytes`: the encoded bytes that are in memory,
   * plus the result by the word of the header, or, without one, the most that so many encoded bytes
   * are likely to become (a second for each 500 bytes). One that needs more runs alone. Up to `concurrency`
   * fetched sources may wait for room, and results are yours: neither counts.
   *
   * `timeout` is that of each decode.
   *
   * @throws {TypeError} `sources` is not an iterable or async iterable, or an option of the wrong type (at the call).
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
    return decodeBatch(sources, batch, request, {
      decode: (source) => this.decode(source, batch.each),
      probe: (source) => this.probe(source, batch.each),
    });
  }
}

function decodedAudio(decoded: NativeDecoded): DecodedAudio {
  const { data, channels, frames, sampleRate, source, damage, transferable, log } = decoded;
  for (const line of log) debug('%s', line);
  return {
    data,
    shape: channels === 1 ? [frames] : [channels, frames],
    dtype: 'float32',
    sampleRate,
    channels,
    frames,
    duration: frames / sampleRate,
    source,
    damage,
    transferable,
  };
}
