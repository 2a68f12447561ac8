import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import {
  AudioDecoder,
  type AudioSamples,
  AudioSource,
  type DecodedAudio,
  type DecodeOptions,
  type DecodeSplitOptions,
  type DecodeWindowOptions,
  decode,
  split,
} from '../../dist/index.js';
import { errorOf, thrownBy } from '../safe/outcome.js';
import { difference, frameAt, generator, inPieces, longer } from './cuts.js';
import { all } from './pieces.js';

/** `AudioDecoder.windows` and `.split`: what they give of a source must be slices of its whole decode. */

const decoder = new AudioDecoder({ sampleRate: 16_000 });
const pathOf = (name: string): string => longer.find(([file]) => file === name)?.[1] ?? '';
const files = ['pcm.wav', 'lame.mp3', 'flac.flac', 'vorbis.ogg', 'opus.webm', 'faststart.m4a'].map(
  (name) => [name, pathOf(name)] as const,
);

/** The same bytes as each kind of source. */
function* sourcesOf(path: string): Generator<AudioSource> {
  const bytes = readFileSync(path);
  yield path;
  yield bytes;
  yield AudioSource.open(path);
  yield createReadStream(path, { highWaterMark: 1000 });
  yield new Blob([bytes]).stream();
  yield inPieces(bytes, generator(path.length));
}

/** Whole audio as a stream of one chunk: its length is not known beforehand. */
async function* asStream(audio: DecodedAudio): AsyncGenerator<AudioSamples> {
  yield audio;
}

describe.each(files)('%s', (_name, path) => {
  test('windows of any source are those of its decode', async () => {
    const whole = await decoder.decode(path);
    const [frames, hop] = [9000, 6500];
    for (const source of sourcesOf(path)) {
      const windows = await all(decoder.windows(source, { frames, overlapFrames: frames - hop, pad: true }));
      expect(windows).toHaveLength(1 + Math.ceil((whole.frames - frames) / hop));
      for (const [k, { data, startFrame, start, valid, shape }] of windows.entries()) {
        expect([startFrame, start, shape]).toEqual([k * hop, (k * hop) / 16_000, [frames]]);
        expect(valid).toBe(Math.min(frames, whole.frames - startFrame));
        expect(difference(data.subarray(0, valid), whole.data, startFrame)).toBe(0);
        expect(data.subarray(valid).every((sample) => sample === 0)).toBe(true);
      }
    }
  });

  test('windows of a range have their place in the whole', async () => {
    const whole = await decode(path);
    const [first, last] = [frameAt(2.345, whole), frameAt(4.5, whole)];
    const windows = await all(new AudioDecoder().windows(path, { start: 2.345, end: 4.5, frames: 20_000 }));
    expect(windows.map(({ startFrame }) => startFrame)).toEqual(
      Array.from({ length: Math.ceil((last - first) / 20_000) }, (_, k) => first + k * 20_000),
    );
    for (const { data, startFrame, start } of windows) {
      expect(start).toBe(startFrame / whole.sampleRate);
      expect(difference(data, whole.data, startFrame)).toBe(0);
    }
    expect((windows.at(-1)?.startFrame ?? 0) + (windows.at(-1)?.frames ?? 0)).toBe(last);
  });

  test('segments of any source are those of its decode, and tile it', async () => {
    const whole = await decoder.decode(path);
    const rule = { maxSeconds: 1.5, searchSeconds: 0.75 };
    const streamed = await all(split(asStream(whole), rule));
    const expected = streamed.map(({ startFrame, frames }) => [startFrame, frames]);
    expect(expected.length).toBeGreaterThan(3);
    for (const source of sourcesOf(path)) {
      const segments = await all(decoder.split(source, rule));
      expect(segments.map(({ startFrame, frames }) => [startFrame, frames])).toEqual(expected);
      for (const { data, startFrame } of segments) expect(difference(data, whole.data, startFrame)).toBe(0);
    }
  });

  test('segments of a range, decoded or on the way, have their place in the whole', async () => {
    const whole = await decode(path);
    const range = { start: 1.25, end: 5 };
    const rule = { maxSeconds: 1, searchSeconds: 0.5 };
    const places = (list: readonly { startFrame: number; frames: number }[]): number[][] =>
      list.map(({ startFrame, frames }) => [startFrame, frames]);
    const segments = await all(new AudioDecoder().split(path, { ...range, ...rule }));
    expect(segments[0]?.startFrame).toBe(frameAt(1.25, whole));
    let at = frameAt(1.25, whole);
    for (const { data, startFrame, frames } of segments) {
      expect(startFrame).toBe(at);
      expect(difference(data, whole.data, startFrame)).toBe(0);
      at += frames;
    }
    expect(at).toBe(frameAt(5, whole));
    expect(places(await all(split(asStream(await decode(path, range)), rule)))).toEqual(places(segments));
  });
});

test('the options of the decoder and of the decode count', async () => {
  const stereo = new AudioDecoder({ sampleRate: 8000, channels: 2 });
  const [window] = await all(stereo.windows(pathOf('lame.mp3'), { seconds: 60 }));
  expect(window).toMatchObject({ sampleRate: 8000, channels: 2 });
  expect(window?.data).toEqual((await stereo.decode(pathOf('lame.mp3'))).data);
});

describe('a loop that is left early', () => {
  test.each([
    ['windows', (source: AudioSource) => decoder.windows(source, { seconds: 0.5 })],
    ['split', (source: AudioSource) => decoder.split(source, { maxSeconds: 1.5 })],
  ] as const)('closes the source of %s', async (_name, cut) => {
    const mp3 = readFileSync(pathOf('lame.mp3'));
    const endless = Readable.from(
      (function* () {
        for (;;) yield mp3;
      })(),
    );
    for await (const _ of cut(endless)) break;
    expect(endless.destroyed).toBe(true);
  });
});

test('a producer that fails is the cause of the error', async () => {
  const failure = new Error('connection lost');
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield readFileSync(pathOf('lame.mp3')).subarray(0, 30_000);
    throw failure;
  }
  for (const cut of [decoder.windows(broken(), { seconds: 1 }), decoder.split(broken())]) {
    expect(await errorOf(all(cut))).toMatchObject({ code: 'ERR_AUDIO_SOURCE', cause: failure });
  }
});

describe('what does not fit throws at the call, and leaves the source alone', () => {
  const wrongWindows: [DecodeWindowOptions & DecodeOptions, RegExp][] = [
    [{} as DecodeWindowOptions, /options must have either seconds .* or frames/],
    [undefined as unknown as DecodeWindowOptions, /options must be an object, got undefined/],
    [{ frames: 10, hop: 5 } as DecodeWindowOptions, /options\.hop is not an option/],
    [{ frames: 10, overlapFrames: 10 }, /options\.overlapFrames .* got 10/],
    [{ frames: 10, sampleRate: 1 }, /options\.sampleRate .* got 1/],
    [{ frames: 10, start: 2, end: 1 }, /options\.end .* got 1/],
  ];
  test.each(wrongWindows)('windows: %j', (options, message) => {
    const body = Readable.toWeb(Readable.from([])) as ReadableStream<Uint8Array>;
    expect(thrownBy(() => decoder.windows(body, options)).message).toMatch(message);
    expect(body.locked).toBe(false);
  });

  const wrongSplits: [DecodeSplitOptions, RegExp][] = [
    [null as unknown as DecodeSplitOptions, /options must be an object, got null/],
    [{ seconds: 1 } as DecodeSplitOptions, /options\.seconds is not an option/],
    [{ maxSeconds: 1, searchSeconds: 1 }, /options\.searchSeconds must be less than maxSeconds/],
    [{ channels: 3 } as unknown as DecodeSplitOptions, /options\.channels .* got 3/],
  ];
  test.each(wrongSplits)('split: %j', (options, message) => {
    const body = Readable.toWeb(Readable.from([])) as ReadableStream<Uint8Array>;
    expect(thrownBy(() => decoder.split(body, options)).message).toMatch(message);
    expect(body.locked).toBe(false);
  });

  test('a source of the wrong type', () => {
    const wrong = 42 as unknown as AudioSource;
    expect(() => decoder.windows(wrong, { seconds: 1 })).toThrow(/^source must be a path, /);
    expect(() => decoder.split(wrong)).toThrow(/^source must be a path, /);
  });
});
