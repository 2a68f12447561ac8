import { highestRate, lowestRate, wholeNumber } from '../checks.js';
import { type AudioSamples, type CheckedSamples, checkSamples } from '../tensors/audio_samples.js';
import type { EncodeFormat } from './types.js';

/** The most channels that WAV readers accept, and that FLAC can hold. */
const mostChannels = { wav: 64, flac: 8 } as const;

/** Checks samples that are to be encoded; the caller passes them as `name`. */
export function checkEncodable(name: string, audio: AudioSamples, format: EncodeFormat): CheckedSamples {
  const samples = checkSamples(name, audio, mostChannels[format]);
  wholeNumber(`${name}.sampleRate`, samples.sampleRate, lowestRate, highestRate);
  return samples;
}
