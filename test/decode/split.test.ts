import { describe, expect, test } from 'vitest';
import { type AudioChunk, type DecodedAudio, decode, type SplitOptions, split } from '../../dist/index.js';
import { thrownBy } from '../safe/outcome.js';
import { all, audioOf, chunk, chunks, random, Stream, slice, speech, surround } from './pieces.js';
import { equalSamples } from './wav.js';

/** Starts of the segments, by the rule and plain float64 sums over the whole audio. */
function expectedStarts(audio: DecodedAudio, options: Required<SplitOptions>): number[] {
  const frame = (seconds: number): number => Math.floor(seconds * audio.sampleRate + 0.5);
  const [max, search, minTail] = [options.maxSeconds, options.searchSeconds, options.minTailSeconds].map(frame) as [
    number,
    number,
    number,
  ];
  const starts = [0];
  for (let start = 0; audio.frames - start > max; starts.push(start)) {
    const last = Math.min(start + max - options.windowFrames, audio.frames - minTail);
    let cut = start + max - search;
    for (let at = cut; at <= last; at++) {
      if (energy(audio, at, options.windowFrames) < energy(audio, cut, options.windowFrames)) cut = at;
    }
    start = cut;
  }
  return starts;
}

function energy({ data, channels, frames }: DecodedAudio, start: number, window: number): number {
  let sum = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = start; i < start + window; i++) sum += (data[c * frames + i] as number) ** 2;
  }
  return sum;
}

const starts = (segments: readonly AudioChunk[]): number[] => segments.map(({ startFrame }) => startFrame);

function expectSegments(segments: readonly AudioChunk[], audio: DecodedAudio, options: Required<SplitOptions>): void {
  const { sampleRate, channels } = audio;
  let end = 0;
  for (const [i, segment] of segments.entries()) {
    expect(segment).toMatchObject({ startFrame: end, start: end / sampleRate, sampleRate, channels });
    expect(equalSamples(segment.data, slice(audio, end, segment.frames))).toBe(true);
    expect(segment.frames).toBeLessThanOrEqual(options.maxSeconds * sampleRate + 0.5);
    const last = i === segments.length - 1;
    if (last && i > 0) expect(segment.frames).toBeGreaterThanOrEqual(options.minTailSeconds * sampleRate - 0.5);
    end += segment.frames;
  }
  expect(end).toBe(audio.frames);
}

describe('cuts are where a plain search finds the quietest window, whole and in chunks cut anywhere', () => {
  // Samples that were 16-bit integers: sums are exact, so that even ties must agree.
  test.each([
    ['16-bit PCM', speech('wav'), {}],
    ['16-bit FLAC', speech('flac'), {}],
    ['six channels', surround, { channels: 'native' }],
  ] as const)('%s', async (_name, file, decodeOptions) => {
    const audio = await decode(file, decodeOptions);
    for (let seed = 1; seed <= 12; seed++) {
      const pick = random(seed);
      const maxSeconds = pick(50, Math.ceil(audio.duration * 1000)) / 1000;
      const searchSeconds = (maxSeconds * pick(10, 60)) / 100;
      const options = {
        maxSeconds,
        searchSeconds,
        windowFrames: pick(1, Math.min(300, Math.floor(searchSeconds * audio.sampleRate * 0.9))),
        minTailSeconds: (searchSeconds * pick(0, 100)) / 100,
      };
      const longest = [100, 5000, 2 * audio.frames][pick(0, 2)] as number;
      try {
        const segments = [...split(audio, options)];
        expect(starts(segments)).toEqual(expectedStarts(audio, options));
        expectSegments(segments, audio, options);
        const streamed = await all(split(new Stream(chunks(audio, () => pick(1, longest))), options));
        expect(starts(streamed)).toEqual(starts(segments));
        expectSegments(streamed, audio, options);
      } catch (cause) {
        throw new Error(`seed ${seed}: ${JSON.stringify(options)}, chunks up to ${longest}`, { cause });
      }
    }
  });

  test('resampled speech of 100 s, by the defaults', async () => {
    const spoken = await decode(speech('mp3'), { sampleRate: 16_000 });
    const pick = random(3);
    const audio = audioOf([new Float32Array(1_600_000)], 16_000);
    // Each repetition at a level of its own.
    for (let at = 0; at < audio.frames; at += spoken.frames) {
      const gain = pick(10, 100) / 100;
      for (let i = 0; i < spoken.frames && at + i < audio.frames; i++) {
        audio.data[at + i] = gain * (spoken.data[i] as number);
      }
    }
    const options = { maxSeconds: 30, searchSeconds: 1, windowFrames: 1600, minTailSeconds: 0.5 };
    const segments = [...split(audio)];
    expect(segments.length).toBe(4);
    expectSegments(segments, audio, options);
    // Sums of float32 squares are rounded: the window must be as quiet as the quietest to within that.
    let start = 0;
    for (const { startFrame } of segments.slice(1)) {
      const first = start + 29 * 16_000;
      expect(startFrame).toBeGreaterThanOrEqual(first);
      expect(startFrame).toBeLessThanOrEqual(start + 480_000 - 1600);
      let least = Number.POSITIVE_INFINITY;
      for (let at = first; at <= start + 480_000 - 1600; at++) least = Math.min(least, energy(audio, at, 1600));
      expect(energy(audio, startFrame, 1600)).toBeLessThanOrEqual(least * (1 + 2 * 1600 * Number.EPSILON));
      start = startFrame;
    }
    expect(starts(await all(split(new Stream(chunks(audio, () => pick(1, 40_000))))))).toEqual(starts(segments));
  });
});

describe('the rule', () => {
  const options = { maxSeconds: 0.1, searchSeconds: 0.04, windowFrames: 10, minTailSeconds: 0.03 };
  // 1000 Hz, so that a frame is a millisecond: segments of at most 100, cuts 40 before that.
  const loud = (frames: number, quiet: readonly number[] = []): DecodedAudio => {
    const samples = new Float32Array(frames).fill(0.5);
    for (const at of quiet) samples.fill(0, at, at + 10);
    return audioOf([samples], 1000);
  };
  const cuts = (audio: DecodedAudio): number[] => starts([...split(audio, options)]);

  test('cuts at the start of the quiet window', () => {
    expect(cuts(loud(150, [70]))).toEqual([0, 70]);
    expect(cuts(loud(150, [90]))).toEqual([0, 90]);
  });

  test('looks no earlier than the search, and for whole windows only', () => {
    expect(cuts(loud(150, [40]))).toEqual([0, 60]);
    // Five quiet frames are within reach.
    expect(cuts(loud(150, [95]))).toEqual([0, 90]);
  });

  test('of equally quiet windows takes the first', () => {
    expect(cuts(loud(150, [65, 85]))).toEqual([0, 65]);
    expect(cuts(loud(150))).toEqual([0, 60]);
    expect(cuts(audioOf([new Float32Array(250)], 1000))).toEqual([0, 60, 120, 180]);
  });

  test('what fits into one segment stays whole', () => {
    expect(cuts(loud(100, [70]))).toEqual([0]);
    expect(cuts(loud(1))).toEqual([0]);
  });

  test('the last cut leaves a tail that is long enough', () => {
    // A cut at 80 would leave 25 of 105; of what is nearer, 75 is half as quiet.
    expect(cuts(loud(105, [80]))).toEqual([0, 75]);
    expect(cuts(loud(109, [80]))).toEqual([0, 79]);
    expect(cuts(loud(110, [80]))).toEqual([0, 80]);
  });

  test('audio shorter than a tail is one segment, empty audio none', async () => {
    expect(cuts(loud(29))).toEqual([0]);
    expect(cuts(loud(0))).toEqual([]);
    expect(await all(split(new Stream([]), options))).toEqual([]);
  });

  test('Note [Sums without drift]: digital silence after the loudest samples is still the quietest', () => {
    const pick = random(1);
    const samples = Float32Array.from({ length: 4000 }, () => pick(-1000, 1000) * 1e6);
    // Almost silent, then silent: what loud samples leave behind in a running sum would drown the difference.
    samples.fill(1e-9, 3000, 3500);
    samples.fill(0, 3500, 3700);
    const audio = audioOf([samples], 1000);
    const long = { maxSeconds: 3.9, searchSeconds: 3, windowFrames: 100, minTailSeconds: 0 };
    expect(starts([...split(audio, long)])).toEqual([0, 3500]);
  });

  test('a NaN makes its windows anything but quiet', () => {
    const audio = loud(150, [70]);
    audio.data[65] = Number.NaN;
    expect(cuts(audio)).toEqual([0, 70]);
    audio.data.fill(Number.NaN);
    expect(cuts(audio)).toEqual([0, 60]);
  });
});

describe('memory', () => {
  test('segments of one channel are views of the audio, or of the chunk that they lie in', async () => {
    const audio = await decode(speech('wav'), { sampleRate: 16_000 });
    const options = { maxSeconds: 0.5, searchSeconds: 0.2 };
    for (const { data } of split(audio, options)) expect(data.buffer).toBe(audio.data.buffer);
    const whole = chunk(audio, 0, audio.frames);
    const [first] = await all(split(new Stream([whole]), options));
    expect(first?.data.buffer).toBe(whole.data.buffer);
  });

  test('Note [Handed out for good]: a segment that was gathered may be transferred', async () => {
    const audio = audioOf([Float32Array.from({ length: 1000 }, (_, i) => i + 1)], 1000);
    const options = { maxSeconds: 0.1, searchSeconds: 0.04, windowFrames: 10, minTailSeconds: 0.03 };
    const parts: number[] = [];
    for await (const { data } of split(new Stream(chunks(audio, () => 7)), options)) {
      parts.push(...structuredClone(data, { transfer: [data.buffer] }));
    }
    expect(parts).toEqual([...audio.data]);
  });
});

describe('a consumer', () => {
  const audio = audioOf([new Float32Array(1000).fill(0.5)], 1000);
  const options = { maxSeconds: 0.1, searchSeconds: 0.05, windowFrames: 10, minTailSeconds: 0 };

  test('that stops early, or throws, ends the source', async () => {
    const stopped = new Stream(chunks(audio, () => 30));
    for await (const _ of split(stopped, options)) break;
    expect([stopped.closed, stopped.pulled]).toEqual([1, 4]);
    const thrown = new Stream(chunks(audio, () => 30));
    const consume = async (): Promise<void> => {
      for await (const _ of split(thrown, options)) throw new Error('enough');
    };
    await expect(consume()).rejects.toThrow('enough');
    expect(thrown.closed).toBe(1);
  });

  test('sees an error of the source once', async () => {
    const failure = new Error('cut off');
    const iterator = split(
      new Stream(
        chunks(loudEnd(), () => 30),
        failure,
      ),
      options,
    );
    expect((await iterator.next()).value?.startFrame).toBe(0);
    await expect(iterator.next()).rejects.toBe(failure);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  const loudEnd = (): DecodedAudio => audioOf([new Float32Array(120).fill(0.5)], 1000);
});

const wrong: readonly (readonly [SplitOptions, typeof TypeError | typeof RangeError, RegExp])[] = [
  [{ maxSeconds: '30' as unknown as number }, TypeError, /options\.maxSeconds .* got '30'/],
  [{ maxSeconds: Number.POSITIVE_INFINITY }, RangeError, /options\.maxSeconds .* got Infinity/],
  [{ searchSeconds: -1 }, RangeError, /options\.searchSeconds .* got -1/],
  [{ searchSeconds: 30 }, RangeError, /options\.searchSeconds must be less than maxSeconds, 30, got 30/],
  [{ minTailSeconds: 2 }, RangeError, /options\.minTailSeconds must be at most searchSeconds, 1, got 2/],
  [{ windowFrames: 0 }, RangeError, /options\.windowFrames .* got 0/],
  [{ windowFrames: 0.5 }, RangeError, /options\.windowFrames .* got 0\.5/],
  [{ seconds: 30 } as SplitOptions, TypeError, /options\.seconds is not an option/],
];
test.each(wrong)('%j throws at the call', (given, kind, message) => {
  const error = thrownBy(() => split(new Stream([]), given));
  expect(error).toBeInstanceOf(kind);
  expect(error.message).toMatch(message);
});

test('a window longer than the search throws: at the call, or with the first chunk', async () => {
  const audio = audioOf([new Float32Array(1000)], 1000);
  expect(() => split(audio)).toThrow(/at 1000 Hz these are 1600, 1000 and 30000 frames/);
  await expect(all(split(new Stream(chunks(audio, () => 100))))).rejects.toThrow(RangeError);
});

test.each([1, 2])('a short stream takes no room for the longest segment, with %i channels', async (channels) => {
  const frames = 16_000;
  const seconds = Array.from({ length: 5 }, (_, second) => ({
    data: new Float32Array(channels * frames).fill(second),
    sampleRate: frames,
    channels,
    startFrame: second * frames,
  }));
  async function* stream() {
    yield* seconds;
  }
  const [segment, ...others] = await all(split(stream(), { maxSeconds: 3600 }));
  expect([segment?.frames, others]).toEqual([5 * frames, []]);
  expect(segment?.data.buffer.byteLength).toBeLessThanOrEqual(2 * 4 * channels * 5 * frames);
  const said = Float32Array.from({ length: 5 * frames }, (_, i) => Math.floor(i / frames));
  for (let c = 0; c < channels; c++) {
    const found = segment?.data.subarray(c * 5 * frames, (c + 1) * 5 * frames) as Float32Array;
    expect(equalSamples(found, said)).toBe(true);
  }
});
