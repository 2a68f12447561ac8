import { checkSignal, flag, optionsOf, typeError, wholeNumber, word } from '../checks.js';
import type { AudioFeatures } from '../features/index.js';
import { checkAudio } from '../features/inner.js';
import type { AudioSamples } from '../tensors/audio_samples.js';
import { isOfType } from '../tensors/tensor.js';
import { architectureNames } from './architecture.js';
import { framesOfChunk, maskOf } from './lengths.js';
import type { EmbedOptions, TowerOptions, TowerSpec } from './types.js';

/** Checks of all arguments: TypeErrors and RangeErrors at the call, as everywhere in Cochlea. */

const towerKeys = [
  'provider',
  'deviceId',
  'threads',
  'precision',
  'dtype',
  'architecture',
  'maxBatch',
  'maxWaitMs',
  'maxQueue',
  'verify',
  'warm',
] as const satisfies readonly (keyof TowerOptions)[];

const embedKeys = ['long', 'overlap', 'signal'] as const satisfies readonly (keyof EmbedOptions)[];

export const largestBatch = 256;

export function checkTowerOptions(given: TowerOptions): TowerOptions {
  const options = optionsOf('options', given, towerKeys);
  const { provider, deviceId, threads, precision, dtype, architecture, maxBatch, maxWaitMs, maxQueue, verify, warm } =
    options;
  optional('provider', provider, (name, value) => word(name, value, ['auto', 'cuda', 'webgpu', 'cpu']));
  optional('deviceId', deviceId, (name, value) => wholeNumber(name, value, 0, 255));
  optional('threads', threads, (name, value) => wholeNumber(name, value, 1, 1024));
  optional('precision', precision, (name, value) => word(name, value, ['fp32', 'fp16', 'int8']));
  optional('dtype', dtype, (name, value) => word(name, value, ['float32', 'float16', 'bfloat16']));
  optional('architecture', architecture, (name, value) => word(name, value, architectureNames));
  optional('maxBatch', maxBatch, (name, value) => wholeNumber(name, value, 1, largestBatch));
  optional('maxWaitMs', maxWaitMs, (name, value) => wholeNumber(name, value, 0, 60_000));
  optional('maxQueue', maxQueue, (name, value) => wholeNumber(name, value, 0, 10_000_000));
  optional('verify', verify, flag);
  optional('warm', warm, flag);
  return options;
}

function optional(key: keyof TowerOptions, value: unknown, check: (name: string, value: unknown) => unknown): void {
  if (value !== undefined) check(`options.${key}`, value);
}

/** How to handle long audio; `overlap` in samples. */
export type LongAudio = { readonly long: 'error' | 'split' } | { readonly long: 'windows'; readonly overlap: number };

export interface EmbedRequest {
  readonly long: LongAudio;
  readonly signal: AbortSignal | undefined;
}

export function checkEmbedOptions(options: EmbedOptions, spec: TowerSpec): EmbedRequest {
  const { long = 'error', overlap, signal } = optionsOf('options', options, embedKeys);
  word('options.long', long, ['error', 'windows', 'split']);
  checkSignal(signal);
  if (long === 'windows') return { long: { long, overlap: checkOverlap(overlap ?? 5, spec) }, signal };
  if (overlap !== undefined) throw new TypeError("options.overlap goes with long: 'windows'");
  return { long: { long }, signal };
}

function checkOverlap(overlap: number, { features, samplesPerToken }: TowerSpec): number {
  if (typeof overlap !== 'number') throw typeError('options.overlap', 'a number of seconds', overlap);
  const { sampleRate, chunkLength } = features;
  const samples = Math.floor(overlap * sampleRate + 0.5);
  if (!(samples >= 0 && samples < chunkLength)) {
    throw new RangeError(
      `options.overlap must be from 0 to less than ${chunkLength / sampleRate} seconds, got ${overlap}`,
    );
  }
  // Otherwise the tokens of two windows would not be the same moments.
  if (samples % samplesPerToken !== 0) {
    const token = samplesPerToken / sampleRate;
    throw new RangeError(`options.overlap must be a multiple of a token, ${token} seconds, got ${overlap}`);
  }
  return samples;
}

/** The checked input of `embed`: samples with their names for errors, or features. */
export type EmbedInput = { readonly audio: ReturnType<typeof checkAudio> } | { readonly features: AudioFeatures };

export function checkInput(value: unknown, spec: TowerSpec): EmbedInput {
  if (typeof value === 'object' && value !== null && 'inputFeatures' in value) {
    return { features: checkFeatures(value as AudioFeatures, spec) };
  }
  return { audio: checkAudio(value as AudioSamples | readonly AudioSamples[], spec.features) };
}

function checkFeatures(value: AudioFeatures, { features }: TowerSpec): AudioFeatures {
  const { inputFeatures, featureAttentionMask, frames } = value;
  const width = framesOfChunk(features);
  if (!Array.isArray(frames) || frames.length === 0) {
    throw typeError('audio.frames', 'an array of the valid frames of each clip', frames);
  }
  for (const [i, count] of frames.entries()) wholeNumber(`audio.frames[${i}]`, count, 0, width);
  checkTensor('audio.inputFeatures', inputFeatures, 'float32', [frames.length, features.mels, width]);
  checkTensor('audio.featureAttentionMask', featureAttentionMask, 'int32', [frames.length, width]);
  const mask = maskOf(frames, width);
  if (!mask.every((bit, i) => bit === featureAttentionMask.data[i])) {
    throw new RangeError('audio.featureAttentionMask must have 1 for the valid frames of each clip, and 0 after them');
  }
  return value;
}

function checkTensor(
  name: string,
  tensor: AudioFeatures['inputFeatures' | 'featureAttentionMask'] | undefined,
  dtype: 'float32' | 'int32',
  shape: readonly number[],
): void {
  const wanted = `${dtype} [${shape.join(', ')}]`;
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (tensor === undefined || !isOfType[dtype](tensor.data)) throw typeError(name, `a tensor, ${wanted}`, tensor);
  if (tensor.shape.length !== shape.length || shape.some((axis, i) => tensor.shape[i] !== axis)) {
    throw new RangeError(`${name} must be ${wanted}, got the shape [${tensor.shape.join(', ')}]`);
  }
  if (tensor.data.length !== size) {
    throw new RangeError(`${name}.data must have ${size} elements, got ${tensor.data.length}`);
  }
}
