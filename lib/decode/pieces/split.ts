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
  /** Length of the search for a quiet place. Default: 1. Balanced cuts search at most a quarter of `maxSeconds`. */
  readonly searchSeconds?: number | undefined;
  /** Length of the window whose loudness is measured, in frames. Default: 1600, which is 100 ms at 16 kHz. */
  readonly windowFrames?: number | undefined;
  /**
   * Shortest last segment of a stream, unless the whole audio is shorter. At most a third of `maxSeconds`. Default: 0.5,
   * or that third if it is less. A stream is held for so much longer.
   */
  readonly minTailSeconds?: number | undefined;
}

/** Options of `AudioDecoder.split`: how it decodes, and where it may cut. */
export interface DecodeSplitOptions extends DecodeOptions, SplitOptions {}

/**
 * Cuts long audio at quiet places, for models with a maximum length. The segments follow each other without gap or
 * overlap. A cut is at the start of the quietest `windowFrames` (least RMS over all channels, the first of equals) that
 * the search finds. No segment is longer than `maxSeconds`.
 *
 * Whole audio is cut into balanced segments: none is shorter than half of their average. The search of a cut is
 * `searchSeconds` long, around the place that would make all segments equally long. It ends early where the segment would
 * be longer than `maxSeconds`. There are `ceil(length / (maxSeconds - s / 2))` segments, where s is the search: 59.9 s are
 * three segments of about 20 s.
 *
 * The length of a stream is not known. While more than `maxSeconds + minTailSeconds` are left, its next cut is within the
 * last `searchSeconds` before `maxSeconds`. If the stream ends with more than `maxSeconds` left, the rest is balanced, as
 * whole audio is. Otherwise the rest is the last segment, of `minTailSeconds` or more.
 *
 * Whole audio gives its segments synchronously, a stream of chunks asynchronously. With one channel, a segment is a
 * view (no copy) of the audio or of its chunk. A segment that spans chunks is gathered in its own memory. While cutting
 * a stream, at most `maxSeconds + minTailSeconds` and one chunk are held.
 *
 * @throws {TypeError} `audio` or an option is of the wrong type, or unknown (at the call).
 * @throws {RangeError} `searchSeconds` is not shorter than `maxSeconds`, `minTailSeconds` longer than a third of it, or
 * `windowFrames` longer than `searchSeconds` (at the call; of a stream, if it depends on the sample rate, with the first
 * chunk).
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
  const { minTailSeconds = Math.min(0.5, maxSeconds / 3) } = options;
  secondsOption('options.minTailSeconds', minTailSeconds, 0);
  wholeNumber('options.windowFrames', window, 1, Number.MAX_SAFE_INTEGER);
  if (searchSeconds >= maxSeconds) {
    throw new RangeError(`options.searchSeconds must be less than maxSeconds, ${maxSeconds}, got ${searchSeconds}`);
  }
  if (minTailSeconds > maxSeconds / 3) {
    throw new RangeError(
      `options.minTailSeconds must be at most a third of maxSeconds, ${maxSeconds}, got ${minTailSeconds}`,
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

/**
 * Note [Balanced cuts]
 * Let `half` be half of the search, at most `max / 8`, and n the least number of segments whose average is at most
 * `max - half`. With n > 1 that average is above `max / 2`. Cut i is within `half` of i averages. So a segment is shorter
 * than the average by at most `2 * half`, which is less than half of the average. The last segment is longer by at most
 * `half`, so it is never above `max`. For the others, the search ends where the segment would be. As `max` is at least
 * the average plus `half`, half of the search is always left.
 */
class QuietCuts implements Cutter<AudioChunk> {
  readonly capacity: number;
  readonly #max: number;
  readonly #search: number;
  readonly #window: number;

  constructor(max: number, search: number, window: number, minTail: number) {
    this.#max = max;
    this.#search = search;
    this.#window = window;
    // With this many frames, every cut leaves a tail, and the tail is long enough.
    this.capacity = max + Math.max(1, minTail - window);
  }

  *pieces(queue: FrameQueue): Generator<AudioChunk> {
    // The last window that is measured ends at the maximum.
    const to = this.#max - this.#window;
    while (queue.available >= this.capacity) yield this.#cut(queue, this.#max - this.#search, to);
  }

  /** See Note [Balanced cuts]. */
  *tail(queue: FrameQueue): Generator<AudioChunk> {
    const { position: start, available: length, format } = queue;
    const half = Math.floor(Math.min(this.#search / 2, this.#max / 8));
    const count = length <= this.#max ? 1 : Math.ceil(length / (this.#max - half));
    for (let i = 1; i < count; i++) {
      const target = start + Math.floor((i * length) / count) - queue.position;
      yield this.#cut(queue, target - half, Math.min(target + half, this.#max));
    }
    const { position, available } = queue;
    if (available > 0) yield audioChunk(queue.take(available), format, position);
  }

  /** Takes frames up to the quietest window that starts from `from` to `to`, both included. If none fits, up to `from`. */
  #cut(queue: FrameQueue, from: number, to: number): AudioChunk {
    const { position, available, format } = queue;
    const end = Math.min(to + this.#window, available);
    const { data, offset, stride } = queue.peek(end);
    const searched = { data, offset: offset + from, stride };
    const frames = from + quietest(searched, end - from, format.channels, this.#window);
    return audioChunk(queue.take(frames), format, position);
  }
}
