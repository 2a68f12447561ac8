import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { AudioDecoder, type DecodedAudio } from '../../dist/index.js';
import { native } from '../../dist/native/binding.js';
import { wav } from '../safe/sounds.js';
import { difference, generator } from './cuts.js';
import { type Arrival, allOut, joined, lagOf, play } from './live.mjs';
import { mediaRecorderPieces } from './media_recorder.mjs';

/**
 * Sound that is decoded while it is spoken: what comes out once which bytes are there. Time here is that of the audio, so
 * that a busy machine changes nothing.
 */

const decoder = new AudioDecoder({ sampleRate: 16_000 });
const fixture = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../fixtures/formats/${name}`, import.meta.url)));
const UNKNOWN = 0xffffffff;
const PIECE = 0.02;

interface Piece {
  readonly bytes: Uint8Array;
  /** Seconds of the recording when it comes. */
  readonly at: number;
}

function noise(samples: number): Uint8Array {
  const random = generator(samples);
  return new Uint8Array(Int16Array.from({ length: samples }, () => 20_000 * (random() - 0.5)).buffer);
}

/** As a pipe or a socket gives it, with the header in front of the first piece. */
function speech(sampleRate: number, seconds: number): Piece[] {
  const bytes = noise(sampleRate * seconds);
  const length = 2 * Math.round(sampleRate * PIECE);
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; at += length) {
    pieces.push({ bytes: bytes.subarray(at, at + length), at: (pieces.length + 1) * PIECE });
  }
  const [first, ...rest] = pieces as [Piece, ...Piece[]];
  return [{ ...first, bytes: wav(first.bytes, { sampleRate, dataBytes: UNKNOWN }) }, ...rest];
}

const together = (pieces: readonly Piece[]): Buffer => Buffer.concat(pieces.map(({ bytes }) => bytes));

function expectSame(samples: Float32Array, whole: DecodedAudio): void {
  expect(samples.length).toBe(whole.frames);
  expect(difference(samples, whole.data, 0)).toBe(0);
}

/** Waits, without a limit of its own, until as many samples are out. */
function until(expected: (index: number) => number) {
  return async (index: number, arrivals: readonly Arrival[]): Promise<void> => {
    const out = (): number => arrivals.reduce((sum, { chunk }) => sum + chunk.frames, 0);
    while (out() < expected(index)) await new Promise((resolve) => setTimeout(resolve, 1));
  };
}

// How many samples python-soxr has given after each piece: see tools/fixtures/field_latency.py.
const soxr = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/field/latency/soxr.json', import.meta.url)), 'utf8'),
) as Record<string, number[]>;

describe.each([8000, 24_000, 44_100, 48_000])('PCM at %i Hz in pieces of 20 ms, at 16 kHz', (rate) => {
  const pieces = speech(rate, 2);
  const counts = soxr[rate] as number[];
  // Chunks of 10 ms: all but the last, which is not full yet.
  const whole = (index: number): number => Math.floor((counts[index] as number) / 160) * 160;
  const meanOfSoxr = counts.reduce(
    ({ sum, before }, count, index) => {
      let lag = 0;
      for (let i = before; i < count; i++) lag += (index + 1) * PIECE - i / 16_000;
      return { sum: sum + lag, before: count };
    },
    { sum: 0, before: 0 },
  );

  test('is out as soon as soxr has it, in chunks of 10 ms', async () => {
    const arrivals = await play(decoder, pieces, { frames: 160 }, until(whole));
    const lag = lagOf(arrivals);
    expect(lag.first).toBeCloseTo(1000 * PIECE * (1 + counts.findIndex((count) => count > 0)), 6);
    expect(lag.mean).toBeLessThan((1000 * meanOfSoxr.sum) / meanOfSoxr.before + 5);
    expectSame(joined(arrivals), await decoder.decode(together(pieces)));
  });

  test('headerless, likewise', async () => {
    const raw = { codec: 'pcm_s16le', sampleRate: rate, channels: 1 } as const;
    const live = pieces.map(({ bytes, at }, index) => ({ bytes: index === 0 ? bytes.subarray(44) : bytes, at }));
    const arrivals = await play(decoder, live, { frames: 160, raw }, until(whole));
    expectSame(joined(arrivals), await decoder.decode(together(live), { raw }));
  });
});

test('after a second of speech and a silence on an open stream, the speech has come out', async () => {
  // Nothing is sent while nobody speaks.
  const pieces = speech(8000, 1);
  const settle = (index: number, arrivals: readonly Arrival[]) =>
    until(() => (index === pieces.length - 1 ? 0.9 * 16_000 : 0))(index, arrivals);
  const arrivals = await play(decoder, pieces, { frames: 160 }, settle);
  expectSame(joined(arrivals), await decoder.decode(together(pieces)));
});

test('without resampling a chunk is there with its last sample', async () => {
  const arrivals = await play(
    decoder,
    speech(16_000, 1),
    { frames: 160 },
    until((index) => 320 * (index + 1)),
  );
  expect(arrivals).toHaveLength(100);
  expect(arrivals.every(({ at }) => Number.isFinite(at))).toBe(true);
});

test('a frame of MP3 does not wait for those behind it', async () => {
  const bytes = fixture('mpeg-mp3-cbr.mp3');
  const pieces = Array.from({ length: Math.ceil(bytes.length / 100) }, (_, i) => ({
    bytes: bytes.subarray(100 * i, 100 * (i + 1)),
    at: i,
  }));
  const { frames } = await decoder.decode(bytes);
  const last = pieces.length - 1;
  // All but two frames of 1152 samples and soxr's delay, before anybody says that this is the end.
  const settle = until((index) => (index === last ? frames - 1600 : 0));
  const arrivals = await play(decoder, pieces, { frames: 160 }, settle);
  expectSame(joined(arrivals), await decoder.decode(bytes));
});

describe('WebM with Opus, as a MediaRecorder hands it out in pieces of 100 ms', () => {
  const pieces: Piece[] = mediaRecorderPieces(fixture('webm-opus-live.webm'), { packetSeconds: 0.02, seconds: 0.44 });
  // The codec's delay and soxr's: less than 40 ms.
  const due = (index: number): number => Math.floor(((pieces[index] as Piece).at - 0.04) * 100) * 160;

  test('the first chunks come with the first piece that holds audio, and so on', async () => {
    const arrivals = await play(decoder, pieces, { frames: 160 }, until(due));
    expect(arrivals[0]?.at).toBe(pieces[0]?.at);
    expectSame(joined(arrivals), await decoder.decode(together(pieces)));
  });

  test('nor is anything read ahead when the header comes alone', async () => {
    const [first, ...rest] = pieces as [Piece, ...Piece[]];
    const cluster = Buffer.from(first.bytes).indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75]));
    const head = { bytes: first.bytes.subarray(0, cluster), at: 0.01 };
    const split = [head, { ...first, bytes: first.bytes.subarray(cluster) }, ...rest];
    const arrivals = await play(
      decoder,
      split,
      { frames: 160 },
      until((index) => (index === 0 ? 0 : due(index - 1))),
    );
    expect(arrivals[0]?.at).toBe(first.at);
  });
});

describe('the samples are those of one decode, bit for bit, whatever comes when', () => {
  const live = together(mediaRecorderPieces(fixture('webm-opus.webm'), { packetSeconds: 0.02, seconds: 0.4 }));
  const sources: [string, Uint8Array][] = [
    ['PCM at 24 kHz', together(speech(24_000, 0.5))],
    ['PCM at 44.1 kHz, cut within a sample', together(speech(44_100, 0.3)).subarray(0, -1)],
    ['WebM', live],
    ...['flac-24.flac', 'mpeg-mp3-vbr.mp3', 'adts-aac.aac', 'wav-pcm_s24le.wav', 'ogg-vorbis.ogg'].map(
      (name): [string, Uint8Array] => [name, fixture(name)],
    ),
  ];
  test.each(sources)('%s', async (_, bytes) => {
    const whole = await decoder.decode(bytes);
    const random = generator(bytes.length);
    const pieces: Piece[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + Math.floor(random() ** 3 * 2000);
      pieces.push({ bytes: bytes.subarray(at, at + length), at });
      at += length;
    }
    const settle = (_index: number, _arrivals: unknown, feed: Parameters<typeof allOut>[1]) => allOut(native, feed);
    const arrivals = await play(decoder, pieces, { frames: 1 + Math.floor(random() * 500) }, settle);
    expectSame(joined(arrivals), whole);
  });
});

test('a WAV that is cut off counts as damaged, in packets of any size', async () => {
  const bytes = wav(noise(16_000).subarray(1), { dataBytes: 40_000 });
  const stream = decoder.stream(
    (async function* () {
      yield bytes.subarray(0, 5000);
      yield bytes.subarray(5000);
    })(),
    { seconds: 1 },
  );
  for await (const _ of stream);
  const { damage } = await decoder.decode(bytes);
  expect(damage).toMatchObject({ packets: 1, truncated: true });
  expect(stream.damage).toMatchObject({ packets: damage.packets, truncated: damage.truncated });
});

test('DTS that a WAV passes off as PCM is DTS, not noise, when it comes as a stream too', async () => {
  const frames = fixture('dts.dts');
  const bytes = wav(Buffer.concat([frames, frames, frames]), { channels: 2, sampleRate: 48_000 });
  const whole = await decoder.decode(bytes);
  expect(whole.source.codec).toBe('dts');
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  }
  const audio = await decoder.decode(pieces());
  expect(audio.source.codec).toBe('dts');
  expectSame(audio.data, whole);
});
