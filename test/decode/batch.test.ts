import { getEventListeners } from 'node:events';
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { checkBatch, decodeAll } from '../../dist/decode/decode_all.js';
import { estimatedBytes } from '../../dist/decode/memory_estimate.js';
import { checkRequest } from '../../dist/decode/options.js';
import {
  AbortError,
  AudioDecoder,
  AudioSource,
  type BatchOptions,
  type BatchSource,
  type BatchSources,
  type DecodedAudio,
} from '../../dist/index.js';
import { native } from '../../dist/native/binding.js';
import { longWav, slowOptions, until } from '../concurrency/long-audio.js';
import { errorOf, slowness, thrownBy } from '../safe/outcome.js';
import { silentWav } from '../safe/sounds.js';
import { random, speech, surround } from './pieces.js';
import { equalSamples } from './wav.js';

const decoder = new AudioDecoder({ sampleRate: 16_000 });
const files = ['wav', 'mp3', 'flac', 'ogg', 'webm', 'm4a'].map(speech);
const idle = (): boolean => native.load().running === 0 && native.load().waiting === 0;
beforeEach(() => until(idle));

function values(outcomes: readonly PromiseSettledResult<DecodedAudio>[]): DecodedAudio[] {
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

async function expectSame(outcomes: readonly PromiseSettledResult<DecodedAudio>[], sources: readonly string[]) {
  const results = values(outcomes);
  expect(results.length).toBe(sources.length);
  for (const [i, source] of sources.entries()) {
    expect(equalSamples((results[i] as DecodedAudio).data, (await decoder.decode(source)).data)).toBe(true);
  }
}

describe('sources', () => {
  const pick = random(7);
  const sources = Array.from({ length: 40 }, () => files[pick(0, files.length - 1)] as string);

  test('give what decode gives, in their order', async () => {
    await expectSame(await decoder.decodeAll(sources), sources);
  });

  test('may be of all kinds, of functions, and come from a set, a generator or an async generator', async () => {
    const kinds: ((path: string) => BatchSource)[] = [
      (path) => path,
      (path) => pathToFileURL(path),
      (path) => readFileSync(path),
      (path) => new Blob([new Uint8Array(readFileSync(path))]),
      (path) => () => path,
      (path) => async () => readFileSync(path),
      (path) => AudioSource.open(path),
      (path) => () => createReadStream(path),
      (path) => () => new Blob([new Uint8Array(readFileSync(path))]).stream(),
    ];
    await expectSame(
      await decoder.decodeAll(sources.map((path, i) => kinds[i % kinds.length]?.(path) ?? path)),
      sources,
    );
    await expectSame(await decoder.decodeAll(new Set(files)), files);
    function* some(): Generator<string> {
      yield* files;
    }
    await expectSame(await decoder.decodeAll(some()), files);
    async function* slowly(): AsyncGenerator<Buffer> {
      for (const file of files) {
        await new Promise(setImmediate);
        yield readFileSync(file);
      }
    }
    await expectSame(await decoder.decodeAll(slowly()), files);
    // A stream of sources, not of bytes.
    await expectSame(await decoder.decodeAll(Readable.from(files)), files);
  });

  test('are asked for when their turn has come', async () => {
    let asked = 0;
    let fetched = 0;
    let done = 0;
    function* some(): Generator<() => string> {
      for (const source of sources) {
        asked++;
        expect(asked - done).toBeLessThanOrEqual(3);
        yield () => {
          fetched++;
          return source;
        };
      }
    }
    const counting = {
      decode: async (source: AudioSource): Promise<DecodedAudio> => decoder.decode(source).finally(() => done++),
      probe: (source: AudioSource) => decoder.probe(source),
    };
    const options = { concurrency: 3 };
    const request = checkRequest({}, {}, decoder.limits);
    expect((await decodeAll(some(), checkBatch(options), request, counting)).length).toBe(40);
    expect([asked, fetched]).toEqual([40, 40]);
  });

  test('none is no work', async () => {
    expect(await decoder.decodeAll([])).toEqual([]);
    expect(await decoder.decodeAll((async function* () {})())).toEqual([]);
  });
});

describe('errors', () => {
  test('keep their place, whatever is wrong', async () => {
    const failure = new Error('no such key');
    const outcomes = await decoder.decodeAll([
      speech('wav'),
      '/no/such/file.wav',
      42 as unknown as string,
      null as unknown as string,
      Buffer.from('no audio at all'),
      () => {
        throw failure;
      },
      () => Promise.reject(failure),
      () => undefined as unknown as string,
      'https://example.org/a.wav',
      speech('mp3'),
    ]);
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : 'ok'));
    expect(reasons[0]).toBe('ok');
    expect(reasons[1]).toMatchObject({ code: 'ERR_AUDIO_SOURCE', cause: { code: 'ENOENT' } });
    for (const i of [2, 3, 7, 8]) expect(reasons[i]).toBeInstanceOf(TypeError);
    for (const i of [2, 3, 7, 8]) expect(reasons[i].message).toMatch(/^source must be a path, /);
    expect(reasons[4]).toMatchObject({ code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER' });
    expect([reasons[5], reasons[6]]).toEqual([failure, failure]);
    expect(reasons[9]).toBe('ok');
  });

  test('of the iterable itself reject the call, after what runs has settled', async () => {
    const failure = new Error('lost the connection');
    async function* broken(): AsyncGenerator<string> {
      yield* files;
      throw failure;
    }
    expect(await errorOf(decoder.decodeAll(broken()))).toBe(failure);
    await until(idle, 50 * slowness);
  });

  const wrongSources: unknown[] = [
    undefined,
    null,
    42,
    'speech.wav',
    new ArrayBuffer(4),
    {},
    // Single sources, each of them iterable.
    Buffer.from('RIFF'),
    new PassThrough(),
    new ReadableStream(),
    new Blob(['RIFF']).stream(),
  ];
  test.each(wrongSources)('sources as %s throw at the call', (sources) => {
    const error = thrownBy(() => decoder.decodeAll(sources as BatchSources));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(
      /^sources must be an iterable or async iterable of sources, got .*; put a single source into an array$/,
    );
    expect(sources instanceof ReadableStream && sources.locked).toBe(false);
  });

  const wrongOptions: readonly (readonly [BatchOptions, typeof TypeError | typeof RangeError, RegExp])[] = [
    [{ concurrency: 0 }, RangeError, /options\.concurrency .* got 0/],
    [{ concurrency: 1.5 }, RangeError, /options\.concurrency .* got 1\.5/],
    [{ concurrency: '2' as unknown as number }, TypeError, /options\.concurrency .* got '2'/],
    [{ maxBytes: 0 }, RangeError, /options\.maxBytes .* got 0/],
    [{ maxBytes: Number.NaN }, RangeError, /options\.maxBytes .* got NaN/],
    [{ sampleRate: 1 }, RangeError, /options\.sampleRate .* got 1/],
    [{ jobs: 2 } as BatchOptions, TypeError, /options\.jobs is not an option/],
    [null as unknown as BatchOptions, TypeError, /options must be an object, got null/],
  ];
  test.each(wrongOptions)('options %j throw at the call', (options, kind, message) => {
    const error = thrownBy(() => decoder.decodeAll([], options));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(message);
  });
});

describe('an abort', () => {
  const expectAborted = async (call: Promise<unknown>, signal: AbortSignal): Promise<void> => {
    const error = await errorOf(call);
    expect(error).toBeInstanceOf(AbortError);
    expect(error.cause).toBe(signal.reason);
    // No more than what the threads take to report their end.
    await until(idle, 50 * slowness);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  };

  test('before the call asks for nothing', async () => {
    const signal = AbortSignal.abort('early');
    let asked = 0;
    function* some(): Generator<string> {
      asked++;
      yield speech('wav');
    }
    await expectAborted(decoder.decodeAll(some(), { signal }), signal);
    expect(asked).toBe(0);
  });

  test('stops what runs, asks for no more, and closes the iterable', async () => {
    const controller = new AbortController();
    let asked = 0;
    let closed = false;
    function* some(): Generator<Uint8Array> {
      try {
        for (;;) {
          asked++;
          yield longWav;
        }
      } finally {
        closed = true;
      }
    }
    const call = decoder.decodeAll(some(), { ...slowOptions, concurrency: 20, signal: controller.signal });
    await until(() => native.load().running > 0);
    controller.abort('enough');
    await expectAborted(call, controller.signal);
    expect([asked, closed]).toEqual([20, true]);
  });

  test('waits for no function and no iterable that hangs', async () => {
    const hang = (): Promise<never> => new Promise(() => {});
    async function* hanging(): AsyncGenerator<string> {
      yield speech('wav');
      await hang();
    }
    for (const sources of [[speech('wav'), hang, hang], hanging()]) {
      const controller = new AbortController();
      const call = decoder.decodeAll(sources, { signal: controller.signal });
      setTimeout(() => controller.abort('too slow'), 50);
      await expectAborted(call, controller.signal);
    }
  });

  test('after the end changes nothing; many items make no warning of a leak', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): number => warnings.push(warning);
    process.on('warning', listen);
    const controller = new AbortController();
    const { signal } = controller;
    const outcomes = await decoder.decodeAll(Array(60).fill(speech('wav')), { signal, concurrency: 30 });
    controller.abort();
    process.off('warning', listen);
    expect(values(outcomes).length).toBe(60);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

test('timeout is that of each decode', async () => {
  const [late, other] = await decoder.decodeAll([longWav, speech('wav')], { ...slowOptions, timeout: 1000 });
  expect(late).toMatchObject({ status: 'rejected', reason: { code: 'ERR_AUDIO_LIMIT', limit: 'timeout' } });
  expect(other?.status).toBe('fulfilled');
});

describe('what a decode counts', () => {
  const { limits } = decoder;
  /** Bytes, and how often the header was looked at. */
  async function counted(source: AudioSource, options: BatchOptions, cheap: number): Promise<[number, number]> {
    let probes = 0;
    const bytes = await estimatedBytes(source, checkRequest(options, {}, limits), cheap, (each) => {
      probes++;
      return decoder.probe(each);
    });
    return [bytes, probes];
  }
  const minute = silentWav(60, 8000, 2);
  const at16k = { sampleRate: 16_000 };

  test('a small source: the most that it may become, without a look at its header', async () => {
    // A second for each 500 bytes, 64000 bytes each.
    expect(await counted(Buffer.alloc(5000), at16k, 700_000)).toEqual([5000 + 640_000, 0]);
    const { size } = statSync(speech('mp3'));
    expect(await counted(speech('mp3'), at16k, 2 ** 30)).toEqual([4 * Math.ceil((size / 500) * 16_000), 0]);
    // The rate of the source is not known: 48 kHz.
    expect(await counted(Buffer.alloc(5000), {}, 2 ** 30)).toEqual([5000 + 10 * 48_000 * 4, 0]);
    expect(await counted(Buffer.alloc(5000), { ...at16k, channels: 2 }, 2 ** 30)).toEqual([5000 + 1_280_000, 0]);
  });

  test('a larger one: what it holds encoded, and the result by its header', async () => {
    expect(await counted(minute, at16k, 2 ** 20)).toEqual([minute.byteLength + 60 * 64_000, 1]);
    expect(await counted(minute, {}, 2 ** 20)).toEqual([minute.byteLength + 60 * 8000 * 4, 1]);
    expect(await counted(minute, { channels: 'native' }, 2 ** 20)).toEqual([minute.byteLength + 60 * 8000 * 8, 1]);
    expect(await counted(new Blob([minute]), at16k, 2 ** 20)).toEqual([minute.byteLength + 60 * 64_000, 1]);
  });

  test('a file: its result only', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cochlea-batch-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'minute.wav');
    writeFileSync(path, minute);
    for (const source of [path, pathToFileURL(path)]) {
      expect(await counted(source, at16k, 2 ** 20)).toEqual([60 * 64_000, 1]);
    }
  });

  test('by the header, what six channels of real audio really take', async () => {
    const options = { channels: 'native' } as const;
    const audio = await decoder.decode(surround, { sampleRate: undefined, ...options });
    const [bytes] = await counted(surround, { ...options, sampleRate: audio.sampleRate }, 0);
    expect(bytes).toBe(audio.data.byteLength);
  });

  test('a range: no more than its length', async () => {
    const bytes = Buffer.alloc(5000);
    const tenth = async (range: BatchOptions): Promise<number> =>
      (await counted(bytes, { ...at16k, ...range }, 2 ** 30))[0];
    // Ten seconds at the most, of 64000 bytes each.
    expect(await tenth({ end: 4 })).toBe(5000 + 4 * 64_000);
    expect(await tenth({ start: 4 })).toBe(5000 + 6 * 64_000);
    expect(await tenth({ start: 4, end: 6.5 })).toBe(5000 + 2.5 * 64_000);
    expect(await tenth({ start: 9, end: 60 })).toBe(5000 + 64_000);
    expect(await tenth({ start: 11, end: 60 })).toBe(5000);
    expect(await tenth({ start: -3 })).toBe(5000 + 3 * 64_000);
    expect(await tenth({ start: -30 })).toBe(5000 + 10 * 64_000);
    // The header says a minute.
    expect(await counted(minute, { ...at16k, start: 50, end: 70 }, 0)).toEqual([minute.byteLength + 10 * 64_000, 1]);
    expect(await counted(minute, { ...at16k, start: -7 }, 0)).toEqual([minute.byteLength + 7 * 64_000, 1]);
  });

  test('an open source: like what it was opened from', async () => {
    const path = speech('mp3');
    using file = AudioSource.open(path);
    using bytes = AudioSource.open(minute);
    expect(await counted(file, at16k, 2 ** 30)).toEqual(await counted(path, at16k, 2 ** 30));
    expect(await counted(file, at16k, 0)).toEqual(await counted(path, at16k, 0));
    expect(await counted(bytes, at16k, 2 ** 20)).toEqual([minute.byteLength + 60 * 64_000, 1]);
  });

  test('a stream: the most that the limits let through, and nothing of it is read', async () => {
    const body = new Blob([minute]).stream();
    const kept = 33 * 2 ** 20;
    expect(await counted(body, at16k, 0)).toEqual([kept + 4 * 3600 * 64_000, 0]);
    expect(await counted(body, { ...at16k, end: 60 }, 0)).toEqual([kept + 60 * 64_000, 0]);
    expect(body.locked).toBe(false);
    const strict = new AudioDecoder({ limits: { inputBytes: 50_000 } });
    const probe = (source: AudioSource) => decoder.probe(source);
    expect(await estimatedBytes(body, checkRequest(at16k, {}, strict.limits), 0, probe)).toBe(50_000 + 100 * 64_000);
  });

  test('so that streams run one by one, unless a range or limits say how much they are', async () => {
    const most = async (options: BatchOptions): Promise<number> => {
      let running = 0;
      let peak = 0;
      const counting = {
        decode: async (source: AudioSource): Promise<DecodedAudio> => {
          peak = Math.max(peak, ++running);
          return decoder.decode(source).finally(() => running--);
        },
        probe: (source: AudioSource) => decoder.probe(source),
      };
      const batch = checkBatch({ ...options, concurrency: 4 });
      const streams = Array.from({ length: 8 }, () => createReadStream(speech('mp3')));
      const request = checkRequest(batch.each, {}, decoder.limits);
      await expectSame(await decodeAll(streams, batch, request, counting), Array(8).fill(speech('mp3')));
      return peak;
    };
    expect(await most(at16k)).toBe(1);
    expect(await most({ ...at16k, end: 60 })).toBe(4);
  });

  test('never more than the limits let through', async () => {
    const strict = new AudioDecoder({ limits: { seconds: 30, decodedBytes: 1_000_000 } });
    const request = checkRequest(at16k, {}, strict.limits);
    const probe = (source: AudioSource) => decoder.probe(source);
    expect(await estimatedBytes(minute, request, 2 ** 30, probe)).toBe(minute.byteLength + 1_000_000);
  });
});

test('the default concurrency is two more than the machine runs in parallel', async () => {
  let fetching = 0;
  const hang = (): Promise<never> => {
    fetching++;
    return new Promise(() => {});
  };
  const controller = new AbortController();
  const call = decoder.decodeAll(Array(500).fill(hang), { signal: controller.signal });
  await until(() => fetching > 0);
  await new Promise(setImmediate);
  expect(fetching).toBe(availableParallelism() + 2);
  controller.abort();
  await errorOf(call);
});
