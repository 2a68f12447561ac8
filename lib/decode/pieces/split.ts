import { optionsOf, wholeNumber } from '../../checks.js';
import type { AudioSamples } from '../../tensors/audio_samples.js';
import { secondsOption } from '../options.js';
import type { DecodeOptions } from '../types.js';
import { type AudioChunk, audioChunk, frameAt } from './chunk.js';
import { type Cutter, type CutterFor, cutAudio, cutStream, isStream } from './cut.js';
import type { FrameQueue } from './frames.js';
import { quietest } from './quietest.js';

/** Where audio may be cut. Times become frames as `floor(seconds * sampleRate + 0.5)`. */
export interface SplitOptions {
  /** Longest segment. Default: 30. */
  readonly maxSeconds?: number | undefined;
  /** Length of the search for a quiet place, which ends at `maxSeconds`. Default: 1. */
  readonly searchSeconds?: number | undefined;
  /** Length of the window whose loudness is measured, in frames. Default: 1600, which is 100 ms at 16 kHz. */
  readonly windowFrames?: number | undefined;
  /**
   * Shortest last segment, unless the whole audio is shorter. At most `searchSeconds`. Default: 0.5, or `searchSeconds`
   * if that is less.
   */
  readonly minTailSeconds?: number | undefined;
}

/** Options of `AudioDecoder.split`: how it decodes, and where it may cut. */
export interface DecodeSplitOptions extends DecodeOptions, SplitOptions {}

/**
 * Cuts long audio at quiet places, for models with a maximum length. The segments follow each other without gap or
 * overlap.
 *
 * While more than `maxSeconds` are left, the next cut is at the start of the quietest `windowFrames` (least RMS over
 * all channels, the first of equals) within the last `searchSeconds` before `maxSeconds`. No segment is longer than
 * `maxSeconds`. So a tail shorter than `minTailSeconds` cannot simply join the segment before it. Instead, the search
 * for the last cut ends early enough to leave a tail of `minTailSeconds`.
 *
 * Whole audio gives its segments synchronously, a stream of chunks asynchronously. With one channel, a segment is a
 * view (no copy) of the audio or of its chunk. A segment that spans chunks is gathered in its own memory. While cutting
 * a stream, at most `maxSeconds + minTailSeconds` and one chunk are held.
 *
 * @throws {TypeError} `audio` or an option is of the wrong type, or unknown (at the call).
 * @throws {RangeError} `searchSeconds` is not shorter than `maxSeconds`, `minTailSeconds` longer than it, or
 * `windowFrames` too (at the call; of a stream, if it depends on the sample rate, with the first chunk).
 *
 * @example
 * for (const { data, start } of split(audio, { maxSeconds: 30 })) …
 */
export function split(audio: AudioSamples, options?: SplitOptions): Generator<AudioChunk, void, undefined>;
export function split(
  audio: AsyncIterable<AudioSamples>,
  options?: SplitOptions,
): AsyncGenerator<AudioChunk, void, undefined>;
export function split(
  audio: AudioSamples | AsyncIterable<AudioSamples>,
  options: SplitOptions = {},
): Generator<AudioChunk, void, undefined> | AsyncGenerator<AudioChunk, void, undefined> {
  const cutterFor = checkSplit(options);
  return isStream(audio) ? cutStream(audio, cutterFor) : cutAudio(audio, cutterFor);
}

export const splitKeys = [
  'maxSeconds',
  'searchSeconds',
  'windowFrames',
  'minTailSeconds',
] as const satisfies (keyof SplitOptions)[];

export function checkSplit(given: SplitOptions): CutterFor<AudioChunk> {
  const options = optionsOf('options', given, splitKeys);
  const { maxSeconds = 30, searchSeconds = 1, windowFrames: window = 1600 } = options;
  secondsOption('options.maxSeconds', maxSeconds, 0);
  secondsOption('options.searchSeconds', searchSeconds, 0);
  const { minTailSeconds = Math.min(0.5, searchSeconds) } = options;
  secondsOption('options.minTailSeconds', minTailSeconds, 0);
  wholeNumber('options.windowFrames', window, 1, Number.MAX_SAFE_INTEGER);
  if (searchSeconds >= maxSeconds) {
    throw new RangeError(`options.searchSeconds must be less than maxSeconds, ${maxSeconds}, got ${searchSeconds}`);
  }
  if (minTailSeconds > searchSeconds) {
    throw new RangeError(
      `options.minTailSeconds must be at most searchSeconds, ${searchSeconds}, got ${minTailSeconds}`,
    );
  }
  return (sampleRate) => {
    const [max, search] = [frameAt(maxSeconds, sampleRate), frameAt(searchSeconds, sampleRate)];
    if (search >= max || window > search) {
      throw new RangeError(
        `options.windowFrames must fit into searchSeconds, and that into maxSeconds; at ${sampleRate} Hz these are ` +
          `${window}, ${search} and ${max} frames`,
      );
    }
    return new QuietCuts(max, search, window, frameAt(minTailSeconds, sampleRate));
  };
}

class QuietCuts implements Cutter<AudioChunk> {
  readonly capacity: number;
  readonly #max: number;
  readonly #search: number;
  readonly #window: number;
  readonly #minTail: number;

  constructor(max: number, search: number, window: number, minTail: number) {
    this.#max = max;
    this.#search = search;
    this.#window = window;
    this.#minTail = minTail;
    // With this many frames, every cut leaves a tail, and the tail is long enough.
    this.capacity = max + Math.max(1, minTail - window);
  }

  *pieces(queue: FrameQueue): Generator<AudioChunk> {
    while (queue.available >= this.capacity) yield this.#cut(queue);
  }

  *tail(queue: FrameQueue): Generator<AudioChunk> {
    while (queue.available > this.#max) yield this.#cut(queue);
    const { position, available } = queue;
    if (available > 0) yield audioChunk(queue.take(available), queue.format, position);
  }

  #cut(queue: FrameQueue): AudioChunk {
    const { position, available, format } = queue;
    const from = this.#max - this.#search;
    // The last possible window ends at the maximum, and its start leaves a tail of `#minTail` frames.
    const to = Math.min(this.#max, available - this.#minTail + this.#window);
    const { data, offset, stride } = queue.peek(this.#max);
    const searched = { data, offset: offset + from, stride };
    const frames = from + quietest(searched, to - from, format.channels, this.#window);
    return audioChunk(queue.take(frames), format, position);
  }
}
