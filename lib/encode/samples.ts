import { isFloat32Array } from 'node:util/types';
import { highestRate, lowestRate, shown, typeError, wholeNumber } from '../checks.js';
import { checkAttached, steady } from '../native/memory.js';
import type { AudioSamples, EncodeFormat } from './types.js';

/** Samples, checked. */
export interface Samples {
  readonly data: Float32Array;
  readonly sampleRate: number;
  readonly channels: number;
}

/** What WAV readers take, and what FLAC has room for. */
const mostChannels = { wav: 64, flac: 8 } as const;

/** `name` is what the caller knows the samples by. */
export function checkSamples(name: string, audio: AudioSamples, format: EncodeFormat): Samples {
  if (typeof audio !== 'object' || audio === null) {
    throw typeError(name, 'an object with data and sampleRate', audio);
  }
  const { data, shape, sampleRate } = audio;
  if (!isFloat32Array(data)) throw typeError(`${name}.data`, 'a Float32Array', data);
  checkAttached(`${name}.data`, data.buffer);
  wholeNumber(`${name}.sampleRate`, sampleRate, lowestRate, highestRate);
  const shaped = shape === undefined ? undefined : channelsOf(name, shape, data.length);
  const channels = audio.channels ?? shaped ?? 1;
  wholeNumber(`${name}.channels`, channels, 1, mostChannels[format]);
  if (shaped !== undefined && shaped !== channels) {
    throw new RangeError(`${name}.channels must be that of its shape, ${shaped}, got ${channels}`);
  }
  if (data.length % channels !== 0) {
    throw new RangeError(
      `${name}.data must hold the same number of samples for each of ${channels} channels, got ${data.length}`,
    );
  }
  return { data: steady(data), sampleRate, channels };
}

function channelsOf(name: string, shape: readonly number[], length: number): number {
  const sizes: unknown = shape;
  if (!Array.isArray(sizes) || sizes.length < 1 || sizes.length > 2) {
    throw typeError(`${name}.shape`, '[frames] or [channels, frames]', shape);
  }
  const [channels, frames] = shape.length === 1 ? [1, shape[0]] : shape;
  if (Number(channels) * Number(frames) !== length) {
    throw new RangeError(
      `${name}.shape must make the ${length} samples of its data, got [${shape.map(shown).join(', ')}]`,
    );
  }
  return channels as number;
}
