import { isFloat32Array } from 'node:util/types';
import type { PlainFloat32Array } from '../arrays.js';
import { shown, typeError, wholeNumber } from '../checks.js';
import { checkAttached, steady } from '../native/memory.js';

/**
 * Samples with their sample rate. All functions that take audio take this: `encode`, `encodeStream`, `windows`,
 * `split`, `extract` and `embed`. Whatever `decode`, `stream`, `windows` and `split` return is one; so is your own `{
 * data, sampleRate }`.
 */
export interface AudioSamples {
  /**
   * float32, full scale ±1, planar: all samples of the first channel, then all of the second, and so on. Read in place,
   * not copied: leave it unchanged, and do not transfer its buffer, until the call settles. Views of a
   * `SharedArrayBuffer` or of a resizable buffer are copied first.
   */
  readonly data: Float32Array;
  /** Hz. */
  readonly sampleRate: number;
  /** Number of channels. Default: that of `shape`, else 1. */
  readonly channels?: number | undefined;
  /** `[frames]` for one channel, or `[channels, frames]`. Checked against `data` if it is given. */
  readonly shape?: readonly number[] | undefined;
  /** Position of the first frame in the whole audio, which `windows` and `split` count from. Default: 0. */
  readonly startFrame?: number | undefined;
}

/** Samples, checked. */
export interface CheckedSamples {
  /** Memory that another thread can read. */
  readonly data: PlainFloat32Array;
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples per channel. */
  readonly frames: number;
  readonly startFrame: number | undefined;
}

/**
 * Checks samples that a caller passes as `name`. What only some functions ask for (a certain rate, one channel) is
 * theirs to check.
 *
 * @param mostChannels Default: what the header of a WAV file can state.
 * @throws {TypeError} A field has the wrong type.
 * @throws {RangeError} A field is out of range, or two fields contradict each other.
 */
export function checkSamples(name: string, audio: AudioSamples, mostChannels = 65_535): CheckedSamples {
  if (typeof audio !== 'object' || audio === null) {
    throw typeError(name, 'an object with data and sampleRate', audio);
  }
  const { data, sampleRate, shape, startFrame } = audio;
  if (!isFloat32Array(data)) throw typeError(`${name}.data`, 'a Float32Array', data);
  checkAttached(`${name}.data`, data.buffer);
  if (typeof sampleRate !== 'number') throw typeError(`${name}.sampleRate`, 'a number', sampleRate);
  if (!(sampleRate > 0 && sampleRate < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name}.sampleRate must be more than 0 Hz, and finite, got ${sampleRate}`);
  }
  const shaped = shape === undefined ? undefined : channelsOf(name, shape, data.length);
  const channels = audio.channels ?? shaped ?? 1;
  wholeNumber(`${name}.channels`, channels, 1, mostChannels);
  if (shaped !== undefined && shaped !== channels) {
    throw new RangeError(`${name}.channels must be that of its shape, ${shaped}, got ${channels}`);
  }
  if (data.length % channels !== 0) {
    throw new RangeError(
      `${name}.data must hold the same number of samples for each of ${channels} channels, got ${data.length}`,
    );
  }
  const frames = data.length / channels;
  checkFrames(name, audio, frames);
  if (startFrame !== undefined) wholeNumber(`${name}.startFrame`, startFrame, 0, Number.MAX_SAFE_INTEGER);
  return { data: steady(data) as PlainFloat32Array, sampleRate, channels, frames, startFrame };
}

/** Decoded audio states its number of frames, too. A copy with other samples contradicts it. */
function checkFrames(name: string, audio: AudioSamples & { readonly frames?: unknown }, frames: number): void {
  if (audio.frames !== undefined && audio.frames !== frames) {
    throw new RangeError(`${name}.frames must be that of its data, ${frames}, got ${shown(audio.frames)}`);
  }
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
