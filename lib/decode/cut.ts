import { shown } from '../checks.js';
import { type AudioChunk, audioChunk, isAudio } from './chunk.js';
import { FrameQueue } from './frames.js';
import type { DecodedAudio } from './types.js';

/** A rule by which audio is cut into pieces, for audio of one sample rate, used once. */
export interface Cutter<Piece> {
  /** Most frames that it must see at once. */
  readonly capacity: number;
  /** The next pieces, as long as `queue` holds enough to decide them whatever comes after. */
  pieces(queue: FrameQueue): Iterable<Piece>;
  /** The last pieces, of audio that has ended. */
  tail(queue: FrameQueue): Iterable<Piece>;
}

/** Makes the rule once the sample rate is known. */
export type CutterFor<Piece> = (sampleRate: number) => Cutter<Piece>;

export function isStream(audio: unknown): audio is AsyncIterable<AudioChunk> {
  return typeof audio === 'object' && audio !== null && Symbol.asyncIterator in audio;
}

/**
 * Cuts audio that is all there.
 *
 * @throws {TypeError} `audio` is not decoded audio (at the call).
 */
export function cutAudio<Piece>(
  audio: DecodedAudio | AudioChunk,
  cutterFor: CutterFor<Piece>,
): Generator<Piece, void, undefined> {
  if (!isAudio(audio)) {
    throw new TypeError(`audio must be decoded audio or an async iterable of its chunks, got ${shown(audio)}`);
  }
  return cutChunk(audioChunk(audio.data, audio, audio.startFrame), cutterFor(audio.sampleRate));
}

function* cutChunk<Piece>(chunk: AudioChunk, cutter: Cutter<Piece>): Generator<Piece, void, undefined> {
  const queue = new FrameQueue(chunk, cutter.capacity);
  queue.push(chunk);
  yield* cutter.pieces(queue);
  yield* cutter.tail(queue);
}

/** Cuts audio while it comes. Whoever stops early, by `break` or by throwing, ends the source too. */
export async function* cutStream<Piece>(
  chunks: AsyncIterable<AudioChunk>,
  cutterFor: CutterFor<Piece>,
): AsyncGenerator<Piece, void, undefined> {
  let cutter: Cutter<Piece> | undefined;
  let queue: FrameQueue | undefined;
  for await (const chunk of chunks) {
    if (!isAudio(chunk)) throw new TypeError(`each chunk must be decoded audio, got ${shown(chunk)}`);
    cutter ??= cutterFor(chunk.sampleRate);
    queue ??= new FrameQueue(chunk, cutter.capacity);
    queue.push(chunk);
    yield* cutter.pieces(queue);
    queue.keep();
  }
  if (cutter !== undefined && queue !== undefined) yield* cutter.tail(queue);
}
