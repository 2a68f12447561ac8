import { constants } from 'node:buffer';
import type { PlainUint8Array } from '../arrays.js';
import { nothingToEncode } from '../error_kinds.js';
import { EmptyAudioError } from '../errors.js';
import { native, nativeWords } from '../native/binding.js';
import { runNative } from '../native/job.js';
import type { AudioSamples, CheckedSamples } from '../tensors/audio_samples.js';
import { checkEncodeOptions, type Encoding } from './options.js';
import { checkEncodable } from './samples.js';
import type { EncodeOptions } from './types.js';

/**
 * Encodes samples as a WAV or FLAC file. The work runs on the decoding threads.
 *
 * Channels keep their order and are not named; FLAC defines them as left, right, centre and so on. The same samples
 * always give the same bytes. A WAV file of 4 GiB or more is written as RF64.
 *
 * @throws {TypeError} The samples or an option are of the wrong type (at the call).
 * @throws {RangeError} The samples or an option are out of range (at the call).
 * @returns A promise of the bytes of the file. It rejects with a `CochleaError`: `ERR_AUDIO_NON_FINITE` for samples
 * that are NaN or infinite, `ERR_AUDIO_EMPTY` if there are no samples, `ERR_AUDIO_LIMIT` if `timeout` has passed or the
 * file is larger than the largest array of this Node (4 GiB in Node 20). Rejects with an `AbortError` once `signal`
 * aborts.
 *
 * @example
 * const audio = await decode('talk.mp3', { sampleRate: 16_000 });
 * await writeFile('talk.flac', await encode(audio, { format: 'flac' }));
 */
export function encode(audio: AudioSamples, options: EncodeOptions): Promise<PlainUint8Array> {
  const encoding = checkEncodeOptions(options);
  const samples = checkEncodable('audio', audio, encoding.format);
  const caller: { stack?: string } = {};
  Error.captureStackTrace(caller, encode);
  return encodeSamples(samples, encoding, caller);
}

async function encodeSamples(
  samples: CheckedSamples,
  encoding: Encoding,
  caller: { stack?: string },
): Promise<PlainUint8Array> {
  if (samples.data.length === 0) throw noSamples();
  const { bytes, clipped } = await runNative(
    encoding,
    (cancellation) => native.encode(samples.data, nativeOptions(samples, encoding), cancellation),
    caller,
  );
  if (clipped > 0) encoding.onClipped(clipped);
  return bytes;
}

export function noSamples(): EmptyAudioError {
  return new EmptyAudioError('ERR_AUDIO_EMPTY', 'there is no sample to encode', undefined, nothingToEncode);
}

/** The options that the addon takes. */
export function nativeOptions({ sampleRate, channels }: CheckedSamples, { format, bits }: Encoding) {
  return { format: nativeWords.format.indexOf(format), bits, sampleRate, channels, maxBytes: constants.MAX_LENGTH };
}
