import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AudioChunk, type DecodedAudio, decode, type SplitOptions, split } from '../../dist/index.js';
import { thrownBy } from '../safe/outcome.js';
import { all, audioOf, chunk, chunks, random, Stream, slice, speech, surround } from './pieces.js';
import { equalSamples } from './wav.js';

function framesIn(options: Required<SplitOptions>, sampleRate: number): Record<'max' | 'search' | 'tail', number> {
  const frame = (seconds: number): number => Math.floor(seconds * sampleRate + 0.5);
  return { max: frame(options.maxSeconds), search: frame(options.searchSeconds), tail: frame(options.minTailSeconds) };
}

/** Starts of the segments of the audio from `first` on, by the rule and plain float64 sums over the whole audio. */
function balancedStarts(audio: DecodedAudio, options: Required<SplitOptions>, first = 0): number[] {
  const { max, search } = framesIn(options, audio.sampleRate);
  const length = audio.frames - first;
  if (length <= max) return [first];
  const half = Math.floor(Math.min(search / 2, max / 8));
  const count = Math.ceil(length / (max - half));
  const starts = [first];
  for (let i = 1; i < count; i++) {
    const target = first + Math.floor((i * length) / count);
    const last = Math.min(target + half, (starts.at(-1) as number) + max, audio.frames - options.windowFrames);
    starts.push(quietestFrom(audio, target - half, last, options.windowFrames));
  }
  return starts;
}

/** The same of a stream, whose end is not known. */
function streamedStarts(audio: DecodedAudio, options: Required<SplitOptions>): number[] {
  const { max, search, tail } = framesIn(options, audio.sampleRate);
  const starts: number[] = [];
  let start = 0;
  while (audio.frames - start >= max + Math.max(1, tail - options.windowFrames)) {
    starts.push(start);
    start = quietestFrom(audio, start + max - search, start + max - options.windowFrames, options.windowFrames);
  }
  return [...starts, ...balancedStarts(audio, options, start)];
}

function quietestFrom(audio: DecodedAudio, first: number, last: number, window: number): number {
  let cut = first;
  for (let at = first; at <= last; at++) if (energy(audio, at, window) < energy(audio, cut, window)) cut = at;
  return cut;
}

function energy({ data, channels, frames }: DecodedAudio, start: number, window: number): number {
  let sum = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = start; i < start + window; i++) sum += (data[c * frames + i] as number) ** 2;
  }
  return sum;
}

const starts = (segments: readonly AudioChunk[]): number[] => segments.map(({ startFrame }) => startFrame);

function expectSegments(
  segments: readonly AudioChunk[],
  audio: DecodedAudio,
  { maxSeconds }: Required<SplitOptions>,
  leastFrames: number,
): void {
  const { sampleRate, channels } = audio;
  let end = 0;
  for (const [i, segment] of segments.entries()) {
    expect(segment).toMatchObject({ startFrame: end, start: end / sampleRate, sampleRate, channels });
    expect(equalSamples(segment.data, slice(audio, end, segment.frames))).toBe(true);
    expect(segment.frames).toBeLessThanOrEqual(maxSeconds * sampleRate + 0.5);
    if (i === segments.length - 1) expect(segment.frames).toBeGreaterThanOrEqual(leastFrames);
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
        minTailSeconds: (maxSeconds * pick(0, 33)) / 100,
      };
      const longest = [100, 5000, 2 * audio.frames][pick(0, 2)] as number;
      try {
        const segments = [...split(audio, options)];
        expect(starts(segments)).toEqual(balancedStarts(audio, options));
        expectSegments(segments, audio, options, audio.frames / segments.length / 2);
        const streamed = await all(split(new Stream(chunks(audio, () => pick(1, longest))), options));
        expect(starts(streamed)).toEqual(streamedStarts(audio, options));
        const { tail } = framesIn(options, audio.sampleRate);
        expectSegments(streamed, audio, options, Math.min(tail, audio.frames));
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
    // Sums of float32 squares are rounded: the window must be as quiet as the quietest to within that.
    const expectQuietest = (cut: number, first: number, last: number): void => {
      expect(cut).toBeGreaterThanOrEqual(first);
      expect(cut).toBeLessThanOrEqual(last);
      let least = Number.POSITIVE_INFINITY;
      for (let at = first; at <= last; at++) least = Math.min(least, energy(audio, at, 1600));
      expect(energy(audio, cut, 1600)).toBeLessThanOrEqual(least * (1 + 2 * 1600 * Number.EPSILON));
    };
    const segments = [...split(audio)];
    expect(segments.length).toBe(4);
    expectSegments(segments, audio, options, 24 * 16_000);
    for (const i of [1, 2, 3]) {
      expectQuietest(segments[i]?.startFrame as number, i * 400_000 - 8000, i * 400_000 + 8000);
    }
    const streamed = await all(split(new Stream(chunks(audio, () => pick(1, 40_000)))));
    expect(streamed.length).toBe(4);
    expectSegments(streamed, audio, options, 8000);
    for (const i of [1, 2, 3]) {
      const start = streamed[i - 1]?.startFrame as number;
      expectQuietest(streamed[i]?.startFrame as number, start + 464_000, start + 480_000 - 1600);
    }
  });
});

describe('the rule', () => {
  const options = { maxSeconds: 0.1, searchSeconds: 0.02, windowFrames: 10, minTailSeconds: 0.03 };
  // 1000 Hz, so that a frame is a millisecond: segments of at most 100, cuts within 10 of equal ones.
  const loud = (frames: number, quiet: readonly number[] = []): DecodedAudio => {
    const samples = new Float32Array(frames).fill(0.5);
    for (const at of quiet) samples.fill(0, at, at + 10);
    return audioOf([samples], 1000);
  };
  const cuts = (audio: DecodedAudio): number[] => starts([...split(audio, options)]);
  const streamed = async (audio: DecodedAudio): Promise<number[]> =>
    starts(await all(split(new Stream(chunks(audio, () => 7)), options)));

  test('cuts at the start of the quiet window', async () => {
    expect(cuts(loud(150, [70]))).toEqual([0, 70]);
    expect(cuts(loud(150, [84]))).toEqual([0, 84]);
    expect(await streamed(loud(150, [84]))).toEqual([0, 84]);
    expect(await streamed(loud(150, [90]))).toEqual([0, 90]);
  });

  test('looks no further than the search', async () => {
    expect(cuts(loud(150, [40, 100]))).toEqual([0, 65]);
    // Of the windows that start in time, the last has seven quiet frames.
    expect(cuts(loud(150, [88]))).toEqual([0, 85]);
    // In a stream, windows end in time, too.
    expect(await streamed(loud(150, [60, 95]))).toEqual([0, 90]);
  });

  test('of equally quiet windows takes the first', async () => {
    expect(cuts(loud(150, [67, 82]))).toEqual([0, 67]);
    expect(cuts(loud(150))).toEqual([0, 65]);
    const silence = audioOf([new Float32Array(250)], 1000);
    expect(cuts(silence)).toEqual([0, 73, 156]);
    expect(await streamed(silence)).toEqual([0, 80, 160]);
  });

  test('what fits into one segment stays whole', async () => {
    for (const frames of [1, 29, 100]) {
      expect(cuts(loud(frames, [70]))).toEqual([0]);
      expect(await streamed(loud(frames, [70]))).toEqual([0]);
    }
  });

  test('no segment is a sliver, where all but one could be full', () => {
    expect(cuts(loud(101, [90]))).toEqual([0, 40]);
    expect(cuts(loud(180, [95]))).toEqual([0, 95]);
    // Two of 90.5 would leave no room for a search.
    expect(cuts(loud(181, [95]))).toEqual([0, 50, 110]);
  });

  test('a segment ends at the maximum, however quiet it is behind that', () => {
    // Four of 90, at most: the first is 80, so the second may not reach to 190.
    expect(cuts(loud(360, [80, 186]))).toEqual([0, 80, 180, 260]);
  });

  test('the end of a stream is balanced as far as it is in sight', async () => {
    // The last cut was at 80: what is left is more than one segment, and all that there is.
    expect(await streamed(loud(119))).toEqual([0, 49]);
    expect(await streamed(loud(199))).toEqual([0, 80, 129]);
    // One more frame comes too late for that.
    expect(await streamed(loud(120))).toEqual([0, 80]);
    expect(await streamed(loud(200))).toEqual([0, 80, 160]);
  });

  test('empty audio has no segments', async () => {
    expect(cuts(loud(0))).toEqual([]);
    expect(await all(split(new Stream([]), options))).toEqual([]);
  });

  test('Note [Sums without drift]: digital silence after the loudest samples is still the quietest', async () => {
    const pick = random(1);
    const samples = Float32Array.from({ length: 4000 }, () => pick(-1000, 1000) * 1e6);
    // Almost silent, then silent: what loud samples leave behind in a running sum would drown the difference.
    samples.fill(1e-9, 3000, 3500);
    samples.fill(0, 3500, 3700);
    const audio = audioOf([samples], 1000);
    const long = { maxSeconds: 3.9, searchSeconds: 3, windowFrames: 100, minTailSeconds: 0 };
    expect(starts(await all(split(new Stream([chunk(audio, 0, audio.frames)]), long)))).toEqual([0, 3500]);
  });

  test('a NaN makes its windows anything but quiet', () => {
    const audio = loud(150, [70]);
    audio.data[65] = Number.NaN;
    expect(cuts(audio)).toEqual([0, 70]);
    audio.data.fill(Number.NaN);
    expect(cuts(audio)).toEqual([0, 65]);
  });
});

describe('segments of whole audio are balanced', () => {
  test('59.9 s are three segments of about 20 s', () => {
    const pick = random(11);
    const audio = audioOf([Float32Array.from({ length: 958_400 }, () => pick(-1000, 1000) / 1000)], 16_000);
    // 100 ms of silence shortly before 20 s and shortly after 40 s.
    for (const at of [313_000, 645_000]) audio.data.fill(0, at, at + 1600);
    expect(starts([...split(audio)])).toEqual([0, 313_000, 645_000]);
  });

  // 100 Hz, so that many lengths can be tried.
  const pick = random(5);
  const noise = Float32Array.from({ length: 40_000 }, () => pick(-1000, 1000) / 1000);
  const cases = fc
    .record({
      length: fc.integer({ min: 1, max: 40_000 }),
      max: fc.integer({ min: 2, max: 6000 }),
      search: fc.double({ min: 0, max: 1, noNaN: true }),
      window: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ length, max, search, window }) => {
      const searched = Math.max(1, Math.min(max - 1, Math.floor(search * max)));
      const options = {
        maxSeconds: max / 100,
        searchSeconds: searched / 100,
        windowFrames: Math.max(1, Math.floor(window * searched)),
      };
      return { length, max, options };
    });

  test('whatever the length and the options are', () => {
    fc.assert(
      fc.property(cases, ({ length, max, options }) => {
        const audio = audioOf([noise.subarray(0, length)], 100);
        const segments = [...split(audio, options)];
        // Targets are rounded to frames.
        const least = Math.max(1, Math.floor(length / segments.length / 2));
        const wrong = segments.filter(({ frames }) => frames < least || frames > max);
        expect(wrong.map(({ startFrame, frames }) => [startFrame, frames])).toEqual([]);
        const ends = segments.map(({ startFrame, frames }) => startFrame + frames);
        expect([0, ...ends]).toEqual([...starts(segments), length]);
        expect(segments.length).toBeLessThanOrEqual(Math.ceil(length / (max - max / 8)));
        expect(starts([...split(audio, options)])).toEqual(starts(segments));
      }),
      { numRuns: 500 },
    );
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
  [
    { minTailSeconds: 10.1 },
    RangeError,
    /options\.minTailSeconds must be at most a third of maxSeconds, 30, got 10\.1/,
  ],
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
