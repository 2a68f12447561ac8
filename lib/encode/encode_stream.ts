import type { PlainUint8Array } from '../arrays.js';
import { typeError } from '../checks.js';
import { EmptyAudioError } from '../errors.js';
import { runNative } from '../job.js';
import { type NativeEncodeStream, native } from '../native.js';
import { nativeOptions } from './encode.js';
import { iterate } from './iterate.js';
import { checkStreamOptions, type Encoding } from './options.js';
import { checkSamples, type Samples } from './samples.js';
import type { AudioSamples, EncodeStreamOptions } from './types.js';

/**
 * Encodes samples while they come: a file for an HTTP response or a pipe, of which nothing is written twice.
 *
 * Its header states no length: in WAV both sizes are 0xFFFFFFFF, as ffmpeg writes to a pipe, in FLAC the number of
 * samples and the MD5 are 0, which the format defines as unknown. WAV bytes are ready with each chunk, FLAC ones
 * with each of its blocks, about 0.1 s. The sizes of chunks do not matter to the result; empty ones are skipped.
 *
 * @param source Chunks of one sample rate and number of channels, which those of the first chunk decide.
 * @throws {TypeError} The source or an option is of the wrong type (at the call).
 * @throws {RangeError} An option is out of range (at the call).
 * @returns The bytes, in pieces, for `ReadableStream.from`, `Readable.from` or `pipeline`. Iterating throws what
 * the source throws, a `TypeError` or `RangeError` that names a chunk which is wrong or differs from those before
 * it, and what `encode` rejects with. Ending the iteration early closes the source.
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
  return encodeChunks(source, encoding, caller);
}

async function* encodeChunks(
  source: AsyncIterable<AudioSamples> | Iterable<AudioSamples>,
  encoding: Encoding,
  caller: { stack?: string },
): AsyncGenerator<PlainUint8Array, void, undefined> {
  let opened: { readonly stream: NativeEncodeStream; readonly first: Samples } | undefined;
  let index = 0;
  for await (const given of iterate(source, encoding.signal)) {
    const name = `chunks[${index++}]`;
    const chunk = checkSamples(name, given, encoding.format);
    opened ??= { stream: new native.EncodeStream(nativeOptions(chunk, encoding)), first: chunk };
    const { stream, first } = opened;
    checkAlike(name, chunk, first);
    const { bytes } = await runNative(encoding, (cancellation) => stream.write(chunk.data, cancellation), caller);
    if (bytes.length > 0) yield bytes;
  }
  if (!opened) throw new EmptyAudioError('ERR_AUDIO_EMPTY', 'the source has no chunks');
  const { stream } = opened;
  const { bytes, clipped } = await runNative(encoding, (cancellation) => stream.finish(cancellation), caller);
  if (clipped > 0) encoding.onClipped(clipped);
  if (bytes.length > 0) yield bytes;
}

function checkAlike(name: string, chunk: Samples, first: Samples): void {
  for (const property of ['sampleRate', 'channels'] as const) {
    if (chunk[property] !== first[property]) {
      throw new RangeError(
        `${name}.${property} must be that of the first chunk, ${first[property]}, got ${chunk[property]}`,
      );
    }
  }
}
