import { Leavable, type Steps } from '../../async/leavable.js';
import { typeError } from '../../checks.js';
import { Reader, valuesOf } from '../../producers/producer.js';
import { type AudioSamples, checkSamples } from '../../tensors/audio_samples.js';
import { type AudioChunk, audioChunk } from './chunk.js';
import { FrameQueue } from './frames.js';

/** A rule by which audio is cut into pieces, for audio of one sample rate, used once. */
export interface Cutter<Piece> {
  /** The most frames that it needs at once. */
  readonly capacity: number;
  /** The next pieces that later audio cannot change. */
  pieces(queue: FrameQueue): Iterable<Piece>;
  /** The pieces of all that is left, once the audio has ended. Of complete audio, that is all of it. */
  tail(queue: FrameQueue): Iterable<Piece>;
}

/** Makes the rule once the sample rate is known. */
export type CutterFor<Piece> = (sampleRate: number) => Cutter<Piece>;

/** @throws {TypeError} It is not an object. */
export function isStream(audio: AudioSamples | AsyncIterable<AudioSamples>): audio is AsyncIterable<AudioSamples> {
  if (typeof audio === 'object' && audio !== null) return Symbol.asyncIterator in audio;
  throw typeError('audio', 'an object with data and sampleRate, or an async iterable of such chunks', audio);
}

/**
 * Cuts audio that is complete.
 *
 * @throws {TypeError | RangeError} `audio` is not valid (at the call).
 */
export function cutAudio<Piece>(audio: AudioSamples, cutterFor: CutterFor<Piece>): Generator<Piece, void, undefined> {
  const samples = checkSamples('audio', audio);
  return cutChunk(audioChunk(samples.data, samples, samples.startFrame ?? 0), cutterFor(samples.sampleRate));
}

function* cutChunk<Piece>(chunk: AudioChunk, cutter: Cutter<Piece>): Generator<Piece, void, undefined> {
  const queue = new FrameQueue(chunk, cutter.capacity);
  queue.push(chunk);
  yield* cutter.tail(queue);
}

/**
 * Cuts audio while it arrives. Leaving the loop early, even before the first step, also ends the source.
 */
export function cutStream<Piece>(
  chunks: AsyncIterable<AudioSamples>,
  cutterFor: CutterFor<Piece>,
  signal?: AbortSignal,
): AsyncGenerator<Piece, void, undefined> {
  return new Leavable(new CutSteps(chunks, cutterFor), signal);
}

class CutSteps<Piece> implements Steps<Piece> {
  readonly #chunks: Reader<AudioSamples>;
  readonly #cutterFor: CutterFor<Piece>;
  #cutter: Cutter<Piece> | undefined;
  #queue: FrameQueue | undefined;
  /** Pieces that are ready. */
  #pieces: Iterator<Piece> | undefined;
  #index = 0;
  #ended = false;

  constructor(chunks: AsyncIterable<AudioSamples>, cutterFor: CutterFor<Piece>) {
    this.#chunks = new Reader(valuesOf(chunks));
    this.#cutterFor = cutterFor;
  }

  async next(): Promise<Piece | undefined> {
    for (;;) {
      const piece = this.#pieces?.next();
      if (piece && !piece.done) return piece.value;
      if (this.#ended) return undefined;
      this.#queue?.keep();
      const { done, value } = await this.#chunks.next();
      this.#ended = done === true;
      this.#pieces = done ? this.#tail() : this.#cut(value as AudioSamples);
    }
  }

  close(): Promise<void> {
    return this.#chunks.close();
  }

  #cut(given: AudioSamples): Iterator<Piece> {
    const samples = checkSamples(`chunks[${this.#index++}]`, given);
    // Chunks that state no position follow each other.
    const chunk = audioChunk(samples.data, samples, samples.startFrame ?? this.#queue?.end ?? 0);
    this.#cutter ??= this.#cutterFor(chunk.sampleRate);
    this.#queue ??= new FrameQueue(chunk, this.#cutter.capacity);
    this.#queue.push(chunk);
    return this.#cutter.pieces(this.#queue)[Symbol.iterator]();
  }

  #tail(): Iterator<Piece> | undefined {
    if (this.#cutter === undefined || this.#queue === undefined) return undefined;
    return this.#cutter.tail(this.#queue)[Symbol.iterator]();
  }
}
