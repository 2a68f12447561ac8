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
 * Encodes samples as a WAV, FLAC, MP3, Opus (in Ogg) or AAC (ADTS) file. The work runs on the decoding threads.
 *
 * Channels keep their order and are not named; FLAC defines them as left, right, centre and so on. MP3, Opus and AAC
 * take one channel or two. A WAV file of 4 GiB or more is written as RF64. The same samples always give the same bytes;
 * for MP3, Opus and AAC on processors of the same kind.
 *
 * MP3 is written at 8,000, 11,025, 12,000, 16,000, 22,050, 24,000, 32,000, 44,100 and 48,000 Hz; Opus at 8,000, 12,000,
 * 16,000, 24,000 and 48,000 Hz; AAC at these of MP3 and at 7,350, 64,000, 88,200 and 96,000 Hz. Samples of another rate
 * are resampled (libsoxr, HQ) to the next higher of these, or to the highest.
 *
 * MP3 and Opus files state what their encoder put before and behind the samples, and decoders give back exactly the
 * frames that came in (Opus always at 48 kHz). ADTS has no field for it: decoders give 1024 frames before the first,
 * and fill the last block of 1024.
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
export function nativeOptions({ sampleRate, channels }: CheckedSamples, { format, bits, bitRate }: Encoding) {
  return {
    format: nativeWords.format.indexOf(format),
    bits,
    bitRate: bitRate(channels),
    sampleRate,
    channels,
    maxBytes: constants.MAX_LENGTH,
  };
}
