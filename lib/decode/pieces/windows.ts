import { optionsOf, wholeNumber } from '../../checks.js';
import type { AudioSamples } from '../../tensors/audio_samples.js';
import { secondsOption } from '../options.js';
import type { DecodeOptions } from '../types.js';
import { type AudioChunk, audioChunk, frameAt } from './chunk.js';
import { type Cutter, type CutterFor, cutAudio, cutStream, isStream } from './cut.js';
import type { FrameQueue } from './frames.js';

/** One window: audio with its exact place. */
export interface AudioWindow extends AudioChunk {
  /** Frames that are audio; the rest, up to `frames`, is padding. */
  readonly valid: number;
}

/** Length and overlap of windows, both in seconds or both in frames. */
export type WindowOptions = (
  | {
      /** Length of a window. Times become frames as `floor(seconds * sampleRate + 0.5)`. */
      readonly seconds: number;
      /** What a window shares with the one before. Default: 0. */
      readonly overlap?: number | undefined;
      /** Not with `seconds`. */
      readonly frames?: undefined;
      /** Not with `seconds`. */
      readonly overlapFrames?: undefined;
    }
  | {
      /** Length of a window, in frames. */
      readonly frames: number;
      /** Frames that a window shares with the one before. Default: 0. */
      readonly overlapFrames?: number | undefined;
      /** Not with `frames`. */
      readonly seconds?: undefined;
      /** Not with `frames`. */
      readonly overlap?: undefined;
    }
) & {
  /** Whether the last window is filled up with zeros to full length. Default: false, it is shorter. */
  readonly pad?: boolean | undefined;
};

/** How `AudioDecoder.windows` decodes, and how its windows lie. */
export type DecodeWindowOptions = DecodeOptions & WindowOptions;

/**
 * Fixed windows that slide over audio: window k begins `k * (window - overlap)` frames after its start, exactly. Of
 * a range of audio, `startFrame` and `start` count from the start of the whole.
 *
 * The last window holds what is left, and is shorter unless `pad` fills it up; its `valid` frames say how
 * much is audio. There is none that would hold nothing but the overlap of the window before, and none at
 * all of empty audio.
 *
 * Whole audio gives its windows synchronously, a stream of chunks asynchronously. With one channel a
 * window is a view (no copy) of the audio or of the chunk that it lies in, so that overlapping windows share
 * memory: leave it as it is, and copy a window (`data.slice()`) before you change or transfer it. A window that
 * spans chunks, and windows of several channels, which planar layout scatters, are copies. Of a stream, no
 * more is held than one window and one chunk.
 *
 * @throws {TypeError} `audio` or an option is of the wrong type, or unknown (at the call).
 * @throws {RangeError} A window is shorter than one frame, or the overlap not shorter than a window (at the
 * call; of a stream, if it depends on the sample rate, with the first chunk).
 *
 * @example
 * for (const { data, start } of windows(audio, { seconds: 30, overlap: 5 })) …
 */
export function windows(audio: AudioSamples, options: WindowOptions): Generator<AudioWindow, void, undefined>;
export function windows(
  audio: AsyncIterable<AudioSamples>,
  options: WindowOptions,
): AsyncGenerator<AudioWindow, void, undefined>;
export function windows(
  audio: AudioSamples | AsyncIterable<AudioSamples>,
  options: WindowOptions,
): Generator<AudioWindow, void, undefined> | AsyncGenerator<AudioWindow, void, undefined> {
  const cutterFor = checkWindows(options);
  return isStream(audio) ? cutStream(audio, cutterFor) : cutAudio(audio, cutterFor);
}

export const windowKeys = [
  'seconds',
  'overlap',
  'frames',
  'overlapFrames',
  'pad',
] as const satisfies (keyof WindowOptions)[];

export function checkWindows(given: WindowOptions): CutterFor<AudioWindow> {
  const options = optionsOf('options', given, windowKeys);
  const { seconds, overlap = 0, frames, overlapFrames = 0, pad = false } = options;
  if (typeof pad !== 'boolean') throw new TypeError(`options.pad must be true or false, got ${pad}`);
  if ((seconds === undefined) === (frames === undefined)) {
    throw new TypeError('options must have either seconds (and overlap) or frames (and overlapFrames)');
  }
  if (frames !== undefined) {
    if (options.overlap !== undefined) throw new TypeError('options.overlap goes with seconds; use overlapFrames');
    wholeNumber('options.frames', frames, 1, Number.MAX_SAFE_INTEGER);
    wholeNumber('options.overlapFrames', overlapFrames, 0, frames - 1);
    return () => new Windows(frames, overlapFrames, pad);
  }
  if (options.overlapFrames !== undefined) throw new TypeError('options.overlapFrames goes with frames; use overlap');
  secondsOption('options.seconds', seconds, 0);
  secondsOption('options.overlap', overlap, 0);
  if (overlap >= (seconds as number)) {
    throw new RangeError(`options.overlap must be less than options.seconds, ${seconds}, got ${overlap}`);
  }
  return (sampleRate) => {
    const [window, shared] = [frameAt(seconds as number, sampleRate), frameAt(overlap, sampleRate)];
    if (shared < window) return new Windows(window, shared, pad);
    throw new RangeError(
      `options.seconds must be a frame or more above options.overlap: ${seconds} and ${overlap} are ${window} and ${shared} frames at ${sampleRate} Hz`,
    );
  };
}

class Windows implements Cutter<AudioWindow> {
  readonly capacity: number;
  readonly #overlap: number;
  readonly #pad: boolean;
  /** Frames at the head of the queue that an earlier window held already. */
  #seen = 0;

  constructor(frames: number, overlap: number, pad: boolean) {
    this.capacity = frames;
    this.#overlap = overlap;
    this.#pad = pad;
  }

  *pieces(queue: FrameQueue): Generator<AudioWindow> {
    const frames = this.capacity;
    while (queue.available >= frames) {
      const { position } = queue;
      this.#seen = this.#overlap;
      const data = queue.take(frames, frames - this.#overlap);
      yield Object.assign(audioChunk(data, queue.format, position), { valid: frames });
    }
  }

  *tail(queue: FrameQueue): Generator<AudioWindow> {
    const { position, available: valid, format } = queue;
    if (valid <= this.#seen) return;
    const data = queue.take(valid);
    yield Object.assign(audioChunk(this.#pad ? padded(data, valid, this.capacity) : data, format, position), { valid });
  }
}

/** Each channel filled up with zeros. */
function padded(data: Float32Array<ArrayBuffer>, from: number, to: number): Float32Array<ArrayBuffer> {
  const longer = new Float32Array((data.length / from) * to);
  for (let start = 0, at = 0; start < data.length; start += from, at += to) {
    longer.set(data.subarray(start, start + from), at);
  }
  return longer;
}
