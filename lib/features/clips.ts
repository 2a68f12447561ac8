import { isFloat32Array } from 'node:util/types';
import { shown, typeError } from '../checks.js';
import { checkAttached, steady } from '../native/memory.js';
import type { FeatureSpec } from './spec.js';
import type { MonoAudio } from './types.js';

/** One channel of samples, checked. */
export interface Clip {
  /** What the caller knows it by. */
  readonly name: string;
  readonly samples: Float32Array;
}

export function checkAudio(audio: MonoAudio | readonly MonoAudio[], spec: FeatureSpec): readonly Clip[] {
  if (!Array.isArray(audio)) return [checkClip('audio', audio as MonoAudio, spec)];
  if (audio.length === 0) throw new RangeError('audio must hold at least one clip, got an empty array');
  return audio.map((each, index) => checkClip(`audio[${index}]`, each, spec));
}

function checkClip(name: string, audio: MonoAudio, spec: FeatureSpec): Clip {
  if (typeof audio !== 'object' || audio === null) throw typeError(name, 'an object with data and sampleRate', audio);
  const { data, sampleRate, channels = 1 } = audio;
  if (!isFloat32Array(data)) throw typeError(`${name}.data`, 'a Float32Array', data);
  checkAttached(`${name}.data`, data.buffer);
  if (typeof sampleRate !== 'number') throw typeError(`${name}.sampleRate`, 'a number', sampleRate);
  if (sampleRate !== spec.sampleRate) {
    throw new RangeError(
      `${name}.sampleRate must be ${spec.sampleRate}, got ${sampleRate}: decode with sampleRate: ${spec.sampleRate}`,
    );
  }
  if (channels !== 1) {
    throw new RangeError(`${name}.channels must be 1, got ${shown(channels)}: decode with channels: 1`);
  }
  return { name, samples: steady(data) };
}
