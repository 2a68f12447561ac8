import type { PlainUint8Array } from '../arrays.js';
import { Leavable, type Steps } from '../async/leavable.js';
import { typeError } from '../checks.js';
import { type NativeCancellation, type NativeEncoded, type NativeEncodeStream, native } from '../native/binding.js';
import { runNative } from '../native/job.js';
import { Reader, valuesOf } from '../producers/producer.js';
import type { AudioSamples, CheckedSamples } from '../tensors/audio_samples.js';
import { nativeOptions, noSamples } from './encode.js';
import { checkStreamOptions, type Encoding } from './options.js';
import { checkEncodable } from './samples.js';
import type { EncodeStreamOptions } from './types.js';

/**
 * Encodes samples while they arrive. The result suits an HTTP response or a pipe: no byte is rewritten later.
 *
 * The header states no length. In WAV both sizes are 0xFFFFFFFF, as ffmpeg writes to a pipe. In FLAC the number of
 * samples and the MD5 are 0, which the format defines as unknown. In MP3 the LAME tag states what to drop at the start,
 * but not at the end: up to 1,200 frames of silence remain there. Opus and AAC hold the same samples as with `encode`.
 * The sizes of the chunks do not affect the result. Empty chunks are skipped.
 *
 * WAV bytes are ready with each chunk, FLAC bytes with each block (about 0.1 s). A sample leaves in MP3 after about
 * 0.1 s; in Opus after 0.15 s at most, in pages of 60 ms; in AAC after two blocks of 1024 frames (0.09 s at 24 kHz).
 *
 * @param source Chunks. All have the sample rate and the number of channels of the first chunk.
 * @throws {TypeError} The source or an option is of the wrong type (at the call).
 * @throws {RangeError} An option is out of range (at the call).
 * @returns The bytes, in pieces, for `ReadableStream.from`, `Readable.from` or `pipeline`. Iterating throws any error
 * of the source, a `TypeError` or `RangeError` that names a wrong chunk or one that differs from the first, and the
 * errors that `encode` rejects with. Ending the iteration early closes the source, even before the first step or while
 * the source is silent. So does the signal.
 *
 * @example
 * const body = ReadableStream.from(encodeStream(speech, { format: 'wav', bitDepth: 16 }));
 * return new Response(body, { headers: { 'content-type': 'audio/wav' } });
 */
export function encodeStream(
  source: AsyncIterable<AudioSamples> | Iterable<AudioSamples>,
  options: EncodeStreamOptions,
): AsyncGenerator<PlainUint8Array, void, undefined> {
  const encoding = checkStreamOptions(options);
  if (typeof source !== 'object' || source === null || !(Symbol.asyncIterator in source || Symbol.iterator in source)) {
    throw typeError('source', 'an iterable or async iterable of chunks', source);
  }
  const caller: { stack?: string } = {};
  Error.captureStackTrace(caller, encodeStream);
  return new Leavable(new EncodeSteps(new Reader(valuesOf(source)), encoding, caller), encoding.signal);
}

class EncodeSteps implements Steps<PlainUint8Array> {
  readonly #chunks: Reader<AudioSamples>;
  readonly #encoding: Encoding;
  readonly #caller: { stack?: string };
  /** Aborted when the reader leaves. */
  readonly #left = new AbortController();
  #opened: { readonly stream: NativeEncodeStream; readonly first: CheckedSamples } | undefined;
  /** The native job that reads memory of the caller. */
  #running: Promise<unknown> | undefined;
  #index = 0;
  #samples = 0;
  #finished = false;

  constructor(chunks: Reader<AudioSamples>, encoding: Encoding, caller: { stack?: string }) {
    this.#chunks = chunks;
    this.#encoding = encoding;
    this.#caller = caller;
  }

  async next(): Promise<PlainUint8Array | undefined> {
    while (!this.#finished) {
      const { done, value } = await this.#chunks.next();
      const bytes = done ? await this.#finish() : await this.#write(value as AudioSamples);
      if (bytes.length > 0) return bytes;
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#left.abort();
    await this.#running?.catch(() => {});
    await this.#chunks.close();
  }

  async #write(given: AudioSamples): Promise<PlainUint8Array> {
    const name = `chunks[${this.#index++}]`;
    const chunk = checkEncodable(name, given, this.#encoding.format);
    this.#opened ??= { stream: new native.EncodeStream(nativeOptions(chunk, this.#encoding)), first: chunk };
    const { stream, first } = this.#opened;
    checkAlike(name, chunk, first);
    this.#samples += chunk.data.length;
    const { bytes } = await this.#run((cancellation) => stream.write(chunk.data, cancellation));
    return bytes;
  }

  async #finish(): Promise<PlainUint8Array> {
    this.#finished = true;
    if (!this.#opened || this.#samples === 0) throw noSamples();
    const { stream } = this.#opened;
    const { bytes, clipped } = await this.#run((cancellation) => stream.finish(cancellation));
    if (clipped > 0) this.#encoding.onClipped(clipped);
    return bytes;
  }

  #run(start: (cancellation: NativeCancellation) => Promise<NativeEncoded>): Promise<NativeEncoded> {
    const running = runNative({ signal: this.#left.signal, timeout: undefined }, start, this.#caller);
    this.#running = running;
    return running;
  }
}

function checkAlike(name: string, chunk: CheckedSamples, first: CheckedSamples): void {
  for (const property of ['sampleRate', 'channels'] as const) {
    if (chunk[property] !== first[property]) {
      throw new RangeError(
        `${name}.${property} must be that of the first chunk, ${first[property]}, got ${chunk[property]}`,
      );
    }
  }
}
