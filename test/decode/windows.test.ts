import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { type AudioWindow, type DecodedAudio, decode, type WindowOptions, windows } from '../../dist/index.js';
import { thrownBy } from '../safe/outcome.js';
import { all, audioOf, chunk, chunks, random, Stream, slice, speech, surround } from './pieces.js';
import { equalSamples } from './wav.js';

const ramp = (frames: number): Float32Array => Float32Array.from({ length: frames }, (_, i) => i + 1);
const hundred = audioOf([ramp(100)], 16_000);
/** Start, frames and valid frames of each. */
const places = (list: readonly AudioWindow[]): number[][] =>
  list.map(({ startFrame, frames, valid }) => [startFrame, frames, valid]);

/** The definition, over the whole audio: windows at each hop until one has reached the end. */
function expectWindows(
  list: readonly AudioWindow[],
  audio: DecodedAudio,
  frames: number,
  overlap: number,
  pad: boolean,
) {
  const { channels, sampleRate } = audio;
  let end = 0;
  for (const [k, window] of list.entries()) {
    const startFrame = k * (frames - overlap);
    const valid = Math.min(frames, audio.frames - startFrame);
    const length = pad ? frames : valid;
    expect(end).toBeLessThan(audio.frames);
    expect(window).toMatchObject({ startFrame, start: startFrame / sampleRate, valid, frames: length, sampleRate });
    expect(window.shape).toEqual(channels === 1 ? [length] : [channels, length]);
    const expected = new Float32Array(channels * length);
    const samples = slice(audio, startFrame, valid);
    for (let c = 0; c < channels; c++) expected.set(samples.subarray(c * valid, (c + 1) * valid), c * length);
    expect(equalSamples(window.data, expected)).toBe(true);
    end = startFrame + valid;
  }
  expect(end).toBe(audio.frames);
}

describe('any window size and overlap tiles the audio exactly, whole and in chunks cut anywhere', () => {
  test.each([
    ['PCM at its own rate', speech('wav'), {}],
    ['MP3 at 16 kHz', speech('mp3'), { sampleRate: 16_000 }],
    ['Opus at 8 kHz, two channels', speech('webm'), { sampleRate: 8000, channels: 2 }],
    ['six channels at 44.1 kHz', surround, { sampleRate: 44_100, channels: 'native' }],
  ] as const)('%s', async (_name, file, options) => {
    const audio = await decode(file, options);
    for (let seed = 1; seed <= 12; seed++) {
      const pick = random(seed);
      const frames = pick(50, [400, 5000, audio.frames + 100][seed % 3] as number);
      const overlap = pick(0, Math.min(frames - 1, Math.floor(frames * 0.9)));
      const pad = seed % 2 === 0;
      const longest = [100, 3000, 2 * audio.frames][pick(0, 2)] as number;
      const how = `seed ${seed}: windows of ${frames}, overlap ${overlap}, chunks up to ${longest}`;
      try {
        expectWindows([...windows(audio, { frames, overlapFrames: overlap, pad })], audio, frames, overlap, pad);
        const stream = new Stream(chunks(audio, () => pick(1, longest)));
        expectWindows(await all(windows(stream, { frames, overlapFrames: overlap, pad })), audio, frames, overlap, pad);
      } catch (cause) {
        throw new Error(how, { cause });
      }
    }
  });
});

describe('the end', () => {
  test('the last window holds what is left, or is filled up with zeros', () => {
    expect(places([...windows(hundred, { frames: 40 })])).toEqual([
      [0, 40, 40],
      [40, 40, 40],
      [80, 20, 20],
    ]);
    const last = [...windows(hundred, { frames: 40, pad: true })].at(-1) as AudioWindow;
    expect([last.frames, last.valid, last.data.length]).toEqual([40, 20, 40]);
    expect([...last.data]).toEqual([...ramp(100).subarray(80), ...new Float32Array(20)]);
  });

  test('no window lies wholly in the one before', () => {
    expect(places([...windows(hundred, { frames: 40, overlapFrames: 20 })])).toEqual([
      [0, 40, 40],
      [20, 40, 40],
      [40, 40, 40],
      [60, 40, 40],
    ]);
    expect(places([...windows(hundred, { frames: 40, overlapFrames: 19 })]).at(-1)).toEqual([63, 37, 37]);
  });

  test('short audio is one window, empty audio is none', async () => {
    expect(places([...windows(hundred, { frames: 1000, overlapFrames: 500 })])).toEqual([[0, 100, 100]]);
    expect([...windows(audioOf([ramp(0)], 16_000), { frames: 10, pad: true })]).toEqual([]);
    expect(await all(windows(new Stream([]), { frames: 10, pad: true }))).toEqual([]);
    expect(await all(windows(new Stream([chunk(hundred, 0, 0)]), { frames: 10 }))).toEqual([]);
  });
});

describe('seconds', () => {
  test('are rounded to the nearest frame once, so that no error adds up', () => {
    const audio = audioOf([ramp(44_100)], 44_100);
    const list = [...windows(audio, { seconds: 0.1001, overlap: 0.05 })];
    // 4414.41 and 2205 frames.
    expect(places(list).slice(0, 3)).toEqual([0, 2209, 4418].map((start) => [start, 4414, 4414]));
    expect(list.at(-1)?.startFrame).toBe(2209 * (list.length - 1));
    expect(places([...windows(audio, { seconds: 2.5 / 44_100 })])[0]).toEqual([0, 3, 3]);
  });

  test('a stream that begins later keeps its place', async () => {
    const stream = new Stream([chunk(hundred, 30, 25), chunk(hundred, 55, 45)]);
    expect(places(await all(windows(stream, { frames: 40 })))).toEqual([
      [30, 40, 40],
      [70, 30, 30],
    ]);
  });
});

describe('memory', () => {
  test('windows of one channel are views of the audio', async () => {
    const audio = await decode(speech('wav'), { sampleRate: 16_000 });
    for (const { data } of windows(audio, { seconds: 0.5, overlap: 0.1 })) expect(data.buffer).toBe(audio.data.buffer);
  });

  test('a window that lies in a chunk is a view of that chunk', async () => {
    const list = [chunk(hundred, 0, 50), chunk(hundred, 50, 50)];
    const buffers = (await all(windows(new Stream(list), { frames: 20 }))).map(({ data }) => data.buffer);
    const [first, second] = list.map(({ data }) => data.buffer);
    expect(buffers.map((buffer) => [first, second].indexOf(buffer))).toEqual([0, 0, -1, 1, 1]);
  });

  test('Note [Handed out for good]: a window that was gathered may be transferred', async () => {
    const stream = new Stream(chunks(hundred, () => 3));
    const seen: Float32Array[] = [];
    for await (const { data } of windows(stream, { frames: 20, overlapFrames: 13 })) {
      seen.push(structuredClone(data, { transfer: [data.buffer] }));
      expect(data.length).toBe(0);
    }
    expect(seen.length).toBe(13);
    for (const [k, data] of seen.entries()) expect(data[0]).toBe(7 * k + 1);
  });

  test('a stream holds no chunk but the last one', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const audio = audioOf([ramp(30_000)], 16_000);
    const made: WeakRef<ArrayBuffer>[] = [];
    let most = 0;
    function* watched() {
      for (const each of chunks(audio, () => 1000)) {
        gc();
        most = Math.max(most, made.filter((reference) => reference.deref() !== undefined).length);
        made.push(new WeakRef(each.data.buffer));
        yield each;
      }
    }
    async function* stream() {
      for (const each of watched()) {
        // A weak reference lives as long as the job that made it.
        await new Promise(setImmediate);
        yield each;
      }
    }
    let count = 0;
    for await (const _ of windows(stream(), { frames: 5500, overlapFrames: 500 })) count++;
    expect(count).toBe(6);
    expect(made.length).toBe(30);
    expect(most).toBeLessThanOrEqual(1);
  });
});

describe('a consumer', () => {
  const long = (): Stream => new Stream(chunks(hundred, () => 7));

  test('that stops early ends the source', async () => {
    const stream = long();
    for await (const { startFrame } of windows(stream, { frames: 10 })) if (startFrame === 20) break;
    expect(stream.closed).toBe(1);
    expect(stream.pulled).toBe(5);
  });

  test('that throws ends the source', async () => {
    const stream = long();
    const consume = async (): Promise<void> => {
      for await (const _ of windows(stream, { frames: 10 })) throw new Error('enough');
    };
    await expect(consume()).rejects.toThrow('enough');
    expect(stream.closed).toBe(1);
  });

  test('sees an error of the source once, after the windows before it', async () => {
    const failure = new Error('cut off');
    const stream = new Stream(
      chunks(hundred, () => 25),
      failure,
    );
    const iterator = windows(stream, { frames: 40 });
    expect((await iterator.next()).value?.startFrame).toBe(0);
    expect((await iterator.next()).value?.startFrame).toBe(40);
    await expect(iterator.next()).rejects.toBe(failure);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(stream.closed).toBe(0);
  });
});

describe('what does not fit', () => {
  const options: readonly (readonly [WindowOptions, typeof TypeError | typeof RangeError, RegExp])[] = [
    [{} as WindowOptions, TypeError, /options must have either seconds .* or frames/],
    [{ seconds: 1, frames: 1 } as unknown as WindowOptions, TypeError, /either/],
    [{ seconds: 1, overlapFrames: 1 } as unknown as WindowOptions, TypeError, /overlapFrames goes with frames/],
    [{ frames: 2, overlap: 1 } as unknown as WindowOptions, TypeError, /overlap goes with seconds/],
    [{ frames: 0 }, RangeError, /options\.frames .* got 0/],
    [{ frames: 1.5 }, RangeError, /options\.frames .* got 1\.5/],
    [{ frames: 10, overlapFrames: 10 }, RangeError, /options\.overlapFrames .* from 0 to 9, got 10/],
    [{ seconds: Number.POSITIVE_INFINITY }, RangeError, /options\.seconds .* got Infinity/],
    [{ seconds: '1' as unknown as number }, TypeError, /options\.seconds .* got '1'/],
    [{ seconds: 1, overlap: 1 }, RangeError, /options\.overlap must be less .* got 1/],
    [{ seconds: 1, overlap: -1 }, RangeError, /options\.overlap .* got -1/],
    [{ frames: 1, pad: 1 as unknown as boolean }, TypeError, /options\.pad .* got 1/],
    [{ frames: 1, hop: 1 } as unknown as WindowOptions, TypeError, /options\.hop is not an option/],
  ];
  test.each(options)('%j throws at the call', (given, kind, message) => {
    for (const audio of [hundred, new Stream([])]) {
      const error = thrownBy(() => windows(audio as DecodedAudio, given));
      expect(error).toBeInstanceOf(kind);
      expect(error.message).toMatch(message);
    }
  });

  test('lengths below a frame: at the call, or with the first chunk', async () => {
    const tiny = { seconds: 0.000_01 };
    expect(() => windows(hundred, tiny)).toThrow(RangeError);
    const stream = new Stream(chunks(hundred, () => 7));
    await expect(all(windows(stream, tiny))).rejects.toThrow(RangeError);
    expect(stream.closed).toBe(1);
  });

  test.each<[string, unknown, typeof TypeError | typeof RangeError, string]>([
    ['nothing', undefined, TypeError, 'audio must be an object with data and sampleRate, or an async iterable of such'],
    ['null', null, TypeError, 'audio must be an object with data and sampleRate, or an async iterable of such chunks'],
    ['a path', 'speech.wav', TypeError, 'audio must be an object with data and sampleRate, or an async iterable'],
    ['encoded bytes', Buffer.from('RIFF'), TypeError, 'audio.data must be a Float32Array, got undefined'],
    ['samples alone', new Float32Array(3), TypeError, 'audio.data must be a Float32Array, got undefined'],
    ['no rate', { data: hundred.data }, TypeError, 'audio.sampleRate must be a number, got undefined'],
    [
      'a rate of 0',
      { ...hundred, sampleRate: 0 },
      RangeError,
      'audio.sampleRate must be more than 0 Hz, and finite, got 0',
    ],
    ['other frames', { ...hundred, frames: 99 }, RangeError, 'audio.frames must be that of its data, 100, got 99'],
    ['half a channel', { ...hundred, channels: 0.5 }, RangeError, 'audio.channels must be a whole number from 1'],
    ['a place between frames', { ...hundred, startFrame: 0.5 }, RangeError, 'audio.startFrame must be a whole number'],
  ])('%s is no audio', (_, audio, Class, message) => {
    const error = thrownBy(() => windows(audio as DecodedAudio, { frames: 10 }));
    expect(error).toBeInstanceOf(Class);
    expect(error.message).toContain(message);
  });

  test('chunks with a gap, of another rate, or that are no chunks end the source with a TypeError', async () => {
    const first = chunk(hundred, 0, 50);
    const second = chunk(hundred, 50, 50);
    const wrong: unknown[] = [chunk(hundred, 51, 49), { ...second, sampleRate: 8000 }, Buffer.from('bytes'), null];
    for (const each of wrong) {
      const stream = new Stream([first, each as AudioWindow]);
      await expect(all(windows(stream, { frames: 30 }))).rejects.toThrow(/^(each chunk|chunks\[1\](\.data)?) must /);
      expect(stream.closed).toBe(1);
    }
  });
});
