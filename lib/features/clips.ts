import { type AudioSamples, checkSamples } from '../tensors/audio_samples.js';
import type { FeatureSpec } from './spec.js';

/** One channel of samples, checked. */
export interface Clip {
  /** How errors name it: `audio`, or `audio[2]` if there are several. */
  readonly name: string;
  readonly samples: Float32Array;
}

/** Checks one clip or several: one channel each, at the sample rate of the front end. */
export function checkAudio(audio: AudioSamples | readonly AudioSamples[], spec: FeatureSpec): readonly Clip[] {
  if (!Array.isArray(audio)) return [checkClip('audio', audio as AudioSamples, spec)];
  if (audio.length === 0) throw new RangeError('audio must hold at least one clip, got an empty array');
  return audio.map((each, index) => checkClip(`audio[${index}]`, each, spec));
}

function checkClip(name: string, audio: AudioSamples, spec: FeatureSpec): Clip {
  const { data, sampleRate, channels } = checkSamples(name, audio);
  if (sampleRate !== spec.sampleRate) {
    throw new RangeError(
      `${name}.sampleRate must be ${spec.sampleRate}, got ${sampleRate}: decode with sampleRate: ${spec.sampleRate}`,
    );
  }
  if (channels !== 1) throw new RangeError(`${name}.channels must be 1, got ${channels}: decode with channels: 1`);
  return { name, samples: data };
}
