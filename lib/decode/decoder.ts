import { Duplex } from 'node:stream';
import type { MediaInfo } from '../media_info.js';
import { type NativeDecoded, native } from '../native.js';
import { runJob } from './job.js';
import type { DecodeLimits } from './limits.js';
import { logMessages } from './log.js';
import { checkChunkSize, checkDecoderOptions, checkLimits, checkRequest } from './options.js';
import { checkSource } from './source.js';
import { AudioStream } from './stream.js';
import type { AudioDecoderOptions, AudioSource, DecodedAudio, DecodeOptions, StreamOptions } from './types.js';

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
   * Decodes piece by piece: an async iterable of chunks of `seconds` (default: 1) or `frames` each, in bounded
   * memory whatever the length. The next chunk is decoded while the loop works on the one before.
   *
   * @throws {TypeError} The source or an option is of the wrong type (at the call).
   * @throws {RangeError} An option is out of range (at the call).
   * @example
   * for await (const chunk of decoder.stream(request.body, { seconds: 1 })) …
   */
  stream(source: AudioSource, options: StreamOptions = {}): AudioStream {
    const { size, rest } = checkChunkSize(options);
    const request = checkRequest(rest, this.#defaults, this.limits);
    return new AudioStream(checkSource(source, this.limits.inputBytes), request, size);
  }

  /**
   * The same as a Node stream for `pipeline`: encoded bytes are written to it, `AudioChunk`s are read from it.
   *
   * @throws {TypeError} An option is of the wrong type (at the call).
   * @throws {RangeError} An option is out of range (at the call).
   * @example
   * await pipeline(request, decoder.transform({ seconds: 30 }), async (chunks) => { … });
   */
  transform(options: StreamOptions = {}): Duplex {
    // Checked here, not when the first byte comes.
    checkRequest(checkChunkSize(options).rest, this.#defaults, this.limits);
    return Duplex.from((bytes: AsyncIterable<Uint8Array>) => this.stream(bytes, options)[Symbol.asyncIterator]());
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
}

function decodedAudio(decoded: NativeDecoded): DecodedAudio {
  const { data, channels, frames, sampleRate, startFrame, source, damage, transferable, log } = decoded;
  logMessages(log);
  return {
    data,
    shape: channels === 1 ? [frames] : [channels, frames],
    dtype: 'float32',
    sampleRate,
    channels,
    frames,
    duration: frames / sampleRate,
    startFrame,
    source,
    damage,
    transferable,
  };
}
