import { highestRate, lowestRate, wholeNumber } from '../checks.js';
import { type AudioSamples, type CheckedSamples, checkSamples } from '../tensors/audio_samples.js';
import { formats } from './formats.js';
import type { EncodeFormat } from './types.js';

/** Checks samples that are to be encoded; the caller passes them as `name`. */
export function checkEncodable(name: string, audio: AudioSamples, format: EncodeFormat): CheckedSamples {
  const samples = checkSamples(name, audio, formats[format].mostChannels);
  wholeNumber(`${name}.sampleRate`, samples.sampleRate, lowestRate, highestRate);
  return samples;
}
