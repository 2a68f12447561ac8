import {
  type AudioChunk,
  AudioDecoder,
  type AudioDecoderOptions,
  type AudioSource,
  type DecodedAudio,
  type DecodeLimits,
  type DecodeOptions,
  split,
} from '../decode/index.js';
import { audioChunk, frameAt, shapeOf } from '../decode/inner.js';
import type { LengthRule } from './options.js';

/** Decoded audio, and whether the source goes on after it. */
export interface Cut {
  readonly audio: DecodedAudio;
  readonly truncated: boolean;
}

/** Seconds that are decoded beyond the maximum, to see whether there is more audio: two frames at the lowest rate. */
const moment = 0.002;

/** Decodes no more than the rule allows. */
export class LengthDecoder {
  readonly #defaults: AudioDecoderOptions;
  readonly #limits: DecodeLimits;

  constructor({ timeout: _, ...defaults }: AudioDecoderOptions) {
    // The timeout counts for each caller, from its own call. Callers that joined later have more time left.
    this.#defaults = defaults;
    this.#limits = new AudioDecoder(defaults).limits;
  }

  async decode(source: AudioSource, options: DecodeOptions, rule: LengthRule): Promise<Cut> {
    const seconds = Math.min(rule.maxSeconds, this.#limits.seconds);
    if (rule.overLength === 'truncate') return this.#beginning(source, options, seconds);
    const longest = rule.overLength === 'split' ? this.#limits.seconds : seconds;
    return { audio: await this.#limitedTo(longest).decode(source, options), truncated: false };
  }

  async #beginning(source: AudioSource, options: DecodeOptions, seconds: number): Promise<Cut> {
    const { start = 0, end = Number.POSITIVE_INFINITY } = { ...this.#defaults, ...options };
    // A range that is counted from the end of the audio has no `end` to move.
    const range = start < 0 ? {} : { end: Math.min(end, start + seconds + moment) };
    const decoder = this.#limitedTo(start < 0 ? this.#limits.seconds : seconds + 2 * moment);
    const audio = await decoder.decode(source, { ...options, ...range });
    const frames = frameAt(seconds, audio.sampleRate);
    return audio.frames > frames ? { audio: first(audio, frames), truncated: true } : { audio, truncated: false };
  }

  #limitedTo(seconds: number): AudioDecoder {
    return new AudioDecoder({ ...this.#defaults, limits: { ...this.#limits, seconds } });
  }
}

/** The first frames: a view of one channel, a copy of several. */
function first(audio: DecodedAudio, frames: number): DecodedAudio {
  const { channels, sampleRate } = audio;
  const channel = (i: number): Float32Array<ArrayBuffer> =>
    audio.data.subarray(i * audio.frames, i * audio.frames + frames);
  const data = channels === 1 ? channel(0) : new Float32Array(channels * frames);
  if (channels > 1) for (let i = 0; i < channels; i++) data.set(channel(i), i * frames);
  return { ...audio, data, shape: shapeOf(frames, channels), frames, duration: frames / sampleRate };
}

/** Views of audio, none longer than `seconds`. */
export function segmentsOf(audio: DecodedAudio, seconds: number): AudioChunk[] {
  const { data, frames, sampleRate, startFrame } = audio;
  if (frames <= frameAt(seconds, sampleRate)) return [audioChunk(data, audio, startFrame)];
  // The defaults of `split`, or less for very short segments.
  const searchSeconds = Math.min(1, seconds / 2);
  const windowFrames = Math.max(1, Math.min(1600, frameAt(searchSeconds, sampleRate)));
  return [...split(audio, { maxSeconds: seconds, searchSeconds, windowFrames })];
}
