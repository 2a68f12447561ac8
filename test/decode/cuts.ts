import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DecodedAudio } from '../../dist/index.js';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** Six seconds each, so that there is something to seek over: see tools/fixtures/ranges.sh. */
export const longer = readdirSync(`${fixtures}ranges`).map((file) => [file, `${fixtures}ranges/${file}`] as const);

/** Numbers that look random, the same in every run. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

/** The bytes in pieces of random length: mostly short, some long. */
export async function* inPieces(bytes: Uint8Array, random: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor((random() ** 4 * bytes.length) / 2);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** The largest difference between a part and the whole that it was cut from, mono. */
export function difference(part: Float32Array, whole: Float32Array, from: number): number {
  let largest = 0;
  for (const [index, sample] of part.entries()) {
    const off = Math.abs(sample - (whole[from + index] ?? Number.NaN));
    if (!(off <= largest)) largest = off;
  }
  return largest;
}

/** The frame that a time falls on, as the range options define it. */
export const frameAt = (seconds: number, { sampleRate }: DecodedAudio) => Math.floor(seconds * sampleRate + 0.5);
