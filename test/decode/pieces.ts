import { fileURLToPath } from 'node:url';
import type { AudioChunk, DecodedAudio } from '../../dist/index.js';

/** Audio as it is, and as a stream of chunks cut anywhere. */

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
export const speech = (extension: string): string => `${fixtures}speech/speech.${extension}`;
export const surround = `${fixtures}formats/wav-extensible-5.1.wav`;

/** Whole numbers from `min` to `max`, always the same ones for a seed (mulberry32). */
export function random(seed: number): (min: number, max: number) => number {
  let state = seed;
  return (min, max) => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return min + Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * (max - min + 1));
  };
}

/** Decoded audio of these channels, which nobody decoded. */
export function audioOf(channels: readonly Float32Array[], sampleRate: number): DecodedAudio {
  const frames = channels[0]?.length ?? 0;
  const data = new Float32Array(frames * channels.length);
  for (const [c, samples] of channels.entries()) data.set(samples, c * frames);
  return { data, sampleRate, frames, channels: channels.length, startFrame: 0, dtype: 'float32' } as DecodedAudio;
}

/** Sample by sample, as slow as it is plain. */
export function slice(audio: DecodedAudio, start: number, frames: number): Float32Array<ArrayBuffer> {
  const part = new Float32Array(audio.channels * frames);
  for (let c = 0; c < audio.channels; c++) {
    for (let i = 0; i < frames; i++) part[c * frames + i] = audio.data[c * audio.frames + start + i] as number;
  }
  return part;
}

export function chunk(audio: DecodedAudio, startFrame: number, frames: number): AudioChunk {
  const { sampleRate, channels } = audio;
  return {
    data: slice(audio, startFrame, frames),
    shape: channels === 1 ? [frames] : [channels, frames],
    dtype: 'float32',
    sampleRate,
    channels,
    frames,
    startFrame,
    start: startFrame / sampleRate,
  };
}

/** Chunks of `length()` frames; the last one may be shorter. */
export function* chunks(audio: DecodedAudio, length: () => number): Generator<AudioChunk> {
  for (let start = 0; start < audio.frames; ) {
    const frames = Math.min(length(), audio.frames - start);
    yield chunk(audio, start, frames);
    start += frames;
  }
}

/** A stream that notes how it was ended. */
export class Stream implements AsyncIterable<AudioChunk> {
  /** Calls of the iterator's `return`. */
  closed = 0;
  pulled = 0;
  readonly #chunks: Iterator<AudioChunk>;
  readonly #failure: Error | undefined;

  /** With a `failure`, that is what comes after the last chunk. */
  constructor(source: Iterable<AudioChunk>, failure?: Error) {
    this.#chunks = source[Symbol.iterator]();
    this.#failure = failure;
  }

  [Symbol.asyncIterator](): AsyncIterator<AudioChunk> {
    return {
      next: async () => {
        const next = this.#chunks.next();
        if (next.done && this.#failure) throw this.#failure;
        if (!next.done) this.pulled++;
        return next;
      },
      return: async () => {
        this.closed++;
        return { done: true, value: undefined };
      },
    };
  }
}

export async function all<Piece>(pieces: Iterable<Piece> | AsyncIterable<Piece>): Promise<Piece[]> {
  const list: Piece[] = [];
  for await (const piece of pieces) list.push(piece);
  return list;
}
