import { flag, optionsOf, wholeNumber } from '../../checks.js';
import type { AudioSamples } from '../../tensors/audio_samples.js';
import { secondsOption } from '../options.js';
import type { DecodeOptions } from '../types.js';
import { type AudioChunk, audioChunk, frameAt } from './chunk.js';
import { type Cutter, type CutterFor, cutAudio, cutStream, isStream } from './cut.js';
import type { FrameQueue } from './frames.js';

/** One window: audio and its exact position. */
export interface AudioWindow extends AudioChunk {
  /** Number of frames that hold audio. The rest, up to `frames`, is padding. */
  readonly valid: number;
}

/** Length and overlap of windows, both in seconds or both in frames. */
export type WindowOptions = (
  | {
      /** Length of a window. Times become frames as `floor(seconds * sampleRate + 0.5)`. */
      readonly seconds: number;
      /** Seconds that a window shares with the one before. Default: 0. */
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
  /** Whether the last window is filled with zeros to full length. Default: false; it is then shorter. */
  readonly pad?: boolean | undefined;
};

/** Options of `AudioDecoder.windows`: how it decodes, and the length and overlap of its windows. */
export type DecodeWindowOptions = DecodeOptions & WindowOptions;

/**
 * Fixed windows that slide over audio: window k begins exactly `k * (window - overlap)` frames after the start of the
 * audio. For a range of audio, `startFrame` and `start` of a window count from the start of the whole audio.
 *
 * The last window holds the rest, and is shorter unless `pad` fills it; `valid` is its number of frames with audio.
 * There is no window that would hold only the overlap of the window before. Empty audio gives no windows.
 *
 * Whole audio gives its windows synchronously, a stream of chunks asynchronously. With one channel, a window is a view
 * (no copy) of the audio or of its chunk, so overlapping windows share memory. Copy a window (`data.slice()`) before
 * you change or transfer it. A window that spans chunks is a copy, and so are windows of several channels, since planar
 * samples are not contiguous. While cutting a stream, at most one window and one chunk are held.
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
  flag('options.pad', pad);
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
  /** Frames at the head of the queue that an earlier window has already held. */
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
    yield* this.pieces(queue);
    const { position, available: valid, format } = queue;
    if (valid <= this.#seen) return;
    const data = queue.take(valid);
    yield Object.assign(audioChunk(this.#pad ? padded(data, valid, this.capacity) : data, format, position), { valid });
  }
}

/** Fills each channel with zeros to the new length. */
function padded(data: Float32Array<ArrayBuffer>, from: number, to: number): Float32Array<ArrayBuffer> {
  const longer = new Float32Array((data.length / from) * to);
  for (let start = 0, at = 0; start < data.length; start += from, at += to) {
    longer.set(data.subarray(start, start + from), at);
  }
  return longer;
}
