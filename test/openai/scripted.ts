import { closeSync, openSync, writeSync } from 'node:fs';
import type { AudioEngine, EngineRequest, Transcript } from '../../dist/openai/index.js';

/**
 * Recordings in which every word is written into the samples, and an engine that reads them. A word is a run of samples of
 * one value: its number. So what was heard, lost, doubled or moved can be said to the sample.
 */

export const rate = 16_000;

export interface Word {
  readonly word: string;
  /** Frames from the start. */
  readonly start: number;
  readonly end: number;
  /** Whether a sentence ends with it. */
  readonly last: boolean;
}

/** A small generator of numbers (mulberry32), so that each recording can be made again. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Words of 0.05 to 0.3 s; less than 0.2 s between them, and 0.4 to 2 s behind a sentence of up to 3 s. */
export function* words(seed: number, seconds: number): Generator<Word> {
  const random = numbersFrom(seed);
  const frames = (least: number, most: number): number => Math.round(rate * (least + (most - least) * random()));
  const total = Math.floor(seconds * rate);
  let at = frames(0, 0.5);
  for (;;) {
    const until = at + frames(0.3, 2.5);
    for (;;) {
      const start = at;
      const end = start + frames(0.05, 0.3);
      if (end > total) return;
      at = end + frames(0.02, 0.15);
      const last = at >= until;
      yield { word: wordOf(numberOf(start)), start, end, last };
      if (last) break;
    }
    at += frames(0.4, 2);
  }
}

/** Which word stands at a place: one of 2^12, in the upper bits of 16. */
function numberOf(start: number): number {
  return ((Math.imul(start, 2654435761) >>> 20) & 0xfff) + 1;
}

function wordOf(value: number): string {
  return `w${value}`;
}

/** A word's samples hold its number, and whether it ends a sentence. */
function sampleOf({ start, last }: Word): number {
  return numberOf(start) * 2 + (last ? 1 : 0);
}

/** Writes a recording as WAV, 16 bits, mono, 16 kHz. */
export function writeRecording(path: string, seed: number, seconds: number): void {
  const total = Math.floor(seconds * rate);
  const file = openSync(path, 'w');
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + total * 2, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(total * 2, 40);
  writeSync(file, header);
  const block = 60 * rate;
  const all = words(seed, seconds);
  let next = all.next();
  for (let from = 0; from < total; from += block) {
    const samples = new Int16Array(Math.min(block, total - from));
    while (!next.done && next.value.start < from + samples.length) {
      const { start, end } = next.value;
      samples.fill(sampleOf(next.value), Math.max(0, start - from), end - from);
      if (end > from + samples.length) break;
      next = all.next();
    }
    writeSync(file, Buffer.from(samples.buffer));
  }
  closeSync(file);
}

/** What there is to hear in samples. Times are in seconds from their start. */
export function heard(data: Float32Array): Transcript {
  const words: { word: string; start: number; end: number }[] = [];
  const segments: { id: number; start: number; end: number; text: string }[] = [];
  let sentence: typeof words = [];
  const close = (): void => {
    const [first, last] = [sentence[0], sentence.at(-1)];
    if (!first || !last) return;
    const text = ` ${sentence.map(({ word }) => word).join(' ')}.`;
    segments.push({ id: segments.length, start: first.start, end: last.end, text });
    sentence = [];
  };
  for (let at = 0; at < data.length; ) {
    const value = data[at] as number;
    let end = at + 1;
    while (end < data.length && data[end] === value) end++;
    if (value !== 0) {
      const sample = Math.round(value * 32_768);
      const word = { word: wordOf(sample >> 1), start: at / rate, end: end / rate };
      words.push(word);
      sentence.push(word);
      if ((sample & 1) === 1) close();
    }
    at = end;
  }
  close();
  const text = segments.map((each) => each.text).join('');
  return { text: text.trim(), language: 'english', duration: data.length / rate, segments, words };
}

/** What an engine hears that hears all of it. */
export function wholeTranscript(seed: number, seconds: number): { words: Word[]; text: string; segments: number } {
  const all = [...words(seed, seconds)];
  let segments = 0;
  const said = all.map(({ word, last }, i) => {
    const ends = last || i === all.length - 1;
    if (ends) segments++;
    return `${word}${ends ? '.' : ''}`;
  });
  return { words: all, text: said.join(' '), segments };
}

/** Hears what is in the samples, and keeps what it was asked for. */
export class ScriptedEngine implements AudioEngine {
  readonly asked: { readonly data: Float32Array; readonly request: EngineRequest }[] = [];
  readonly #seconds: number;

  constructor(maxSeconds: number) {
    this.#seconds = maxSeconds;
  }

  models() {
    return [{ id: 'scripted' }];
  }

  maxSeconds(): number {
    return this.#seconds;
  }

  async transcribe(audio: { readonly data: Float32Array }, request: EngineRequest): Promise<Transcript> {
    this.asked.push({ data: audio.data, request });
    return heard(audio.data);
  }

  async translate(audio: { readonly data: Float32Array }, request: EngineRequest): Promise<Transcript> {
    return this.transcribe(audio, request);
  }
}
