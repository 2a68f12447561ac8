import type { PlainFloat32Array } from '../../arrays.js';
import type { AudioChunk, ChunkFormat } from './chunk.js';

/** Frames somewhere in planar memory: channel c starts at `offset + c * stride`. */
export interface PlanarFrames {
  readonly data: PlainFloat32Array;
  readonly offset: number;
  readonly stride: number;
}

/**
 * The frames of a stream that are not yet handed out: the rest of earlier chunks, and the last chunk. With one channel,
 * frames within that chunk are handed out as a view of it. Frames that span chunks are gathered once, into the memory
 * that is then handed out. Several channels in a part of a chunk are not contiguous, so they are copied.
 *
 * Note [Handed out for good]
 * Gathered memory is never read again after it was handed out: its new owner may change or transfer it. So parts that
 * overlap are copied first. Views of the same chunk do share memory with each other.
 */
export class FrameQueue {
  readonly format: ChunkFormat;
  readonly #capacity: number;
  /** Position of the next frame in the stream. */
  #position: number;
  /** Position of the first frame that has not arrived yet. */
  #end: number;
  #chunk: AudioChunk | undefined;
  /** Gathered: `#gathered` frames from `#position` on, of room for `#room`. */
  #memory: PlainFloat32Array | undefined;
  #room = 0;
  #gathered = 0;

  /** For the stream whose first chunk is `first`. Holds, and hands out, at most `capacity` frames at a time. */
  constructor(first: AudioChunk, capacity: number) {
    this.format = { sampleRate: first.sampleRate, channels: first.channels };
    this.#capacity = capacity;
    this.#position = first.startFrame;
    this.#end = first.startFrame;
  }

  get position(): number {
    return this.#position;
  }

  /** Position after the last frame that has arrived. */
  get end(): number {
    return this.#end;
  }

  get available(): number {
    return this.#end - this.#position;
  }

  /** Adds the next chunk. Before that, take all that can be taken, and call `keep`. */
  push(chunk: AudioChunk): void {
    const { sampleRate, channels } = this.format;
    if (chunk.startFrame !== this.#end || chunk.sampleRate !== sampleRate || chunk.channels !== channels) {
      throw new TypeError(
        `each chunk must follow the one before it: expected frame ${this.#end} at ${sampleRate} Hz with channels ${channels}, ` +
          `got frame ${chunk.startFrame} at ${chunk.sampleRate} Hz with channels ${chunk.channels}`,
      );
    }
    this.#chunk = chunk;
    this.#end += chunk.frames;
  }

  /** Copies the rest of the chunk, so that the chunk is no longer needed. */
  keep(): void {
    if (this.available > 0) this.#gather(this.available);
    this.#chunk = undefined;
  }

  /** The next frames, without taking them. Valid until the next call. */
  peek(frames: number): PlanarFrames {
    const chunk = this.#chunk;
    if (chunk !== undefined && this.#position >= chunk.startFrame) {
      return { data: chunk.data, offset: this.#position - chunk.startFrame, stride: chunk.frames };
    }
    return { data: this.#gather(frames), offset: 0, stride: this.#room };
  }

  /** Takes the next frames, planar and contiguous, and moves on by `hop` frames. */
  take(frames: number, hop = frames): PlainFloat32Array {
    const data = contiguous(this.peek(frames), frames, this.format.channels);
    this.#advance(hop);
    return data;
  }

  #gather(frames: number): PlainFloat32Array {
    const memory = this.#memoryFor(frames);
    const chunk = this.#chunk;
    if (chunk !== undefined && frames > this.#gathered) {
      const offset = this.#position + this.#gathered - chunk.startFrame;
      const source = { data: chunk.data, offset, stride: chunk.frames };
      copyFrames(source, frames - this.#gathered, memory, this.#gathered, this.#room, this.format.channels);
      this.#gathered = frames;
    }
    return memory;
  }

  /**
   * What is gathered, with room for so many frames. It grows by doubling: the longest part may have ten minutes and the
   * audio a second, and V8 collects garbage for memory that was asked for, used or not.
   */
  #memoryFor(frames: number): PlainFloat32Array {
    if (this.#memory !== undefined && frames <= this.#room) return this.#memory;
    const { channels } = this.format;
    const [before, stride] = [this.#memory, this.#room];
    this.#room = Math.min(this.#capacity, Math.max(frames, 2 * this.#room));
    this.#memory = new Float32Array(channels * this.#room);
    if (before !== undefined) {
      copyFrames({ data: before, offset: 0, stride }, this.#gathered, this.#memory, 0, this.#room, channels);
    }
    return this.#memory;
  }

  // See Note [Handed out for good].
  #advance(hop: number): void {
    this.#position += hop;
    const left = this.#gathered - hop;
    const [before, stride] = [this.#memory, this.#room];
    this.#memory = undefined;
    this.#room = 0;
    this.#gathered = 0;
    const inChunk = this.#chunk !== undefined && this.#position >= this.#chunk.startFrame;
    if (before === undefined || left <= 0 || inChunk) return;
    // What follows is as long, most often.
    const memory = this.#memoryFor(left + hop);
    this.#gathered = left;
    copyFrames({ data: before, offset: hop, stride }, left, memory, 0, this.#room, this.format.channels);
  }
}

/** A view if the frames are contiguous, else a copy. */
function contiguous({ data, offset, stride }: PlanarFrames, frames: number, channels: number): PlainFloat32Array {
  if (channels === 1) return data.subarray(offset, offset + frames);
  if (offset === 0 && stride === frames) return data;
  const copy = new Float32Array(channels * frames);
  copyFrames({ data, offset, stride }, frames, copy, 0, frames, channels);
  return copy;
}

function copyFrames(
  from: PlanarFrames,
  frames: number,
  to: Float32Array,
  offset: number,
  stride: number,
  channels: number,
): void {
  for (let c = 0; c < channels; c++) {
    const start = from.offset + c * from.stride;
    to.set(from.data.subarray(start, start + frames), offset + c * stride);
  }
}
