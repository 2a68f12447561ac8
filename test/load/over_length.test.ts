import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type DecodeOptions, decode } from '../../dist/index.js';
import { AudioLoader, type LoadedAudio, type LoadOptions } from '../../dist/load/index.js';
import { all, audioOf, slice, speech } from '../decode/pieces.js';
import { equalSamples } from '../decode/wav.js';
import { errorOf } from '../safe/outcome.js';
import { localLoader, serve, wavOf } from './cache_server.js';

/** Audio that is longer than wanted: an error, its beginning, or segments; never silently something else. */

const sources: [string, Uint8Array][] = [
  ['mono WAV', wavOf(4)],
  ['stereo WAV at 44.1 kHz', wavOf(4, 1, 2, 44_100)],
  ['MP3', readFileSync(speech('mp3'))],
  ['Opus', readFileSync(speech('ogg'))],
  ['FLAC', readFileSync(speech('flac'))],
];
const shapes: DecodeOptions[] = [
  {},
  { channels: 'native' },
  { sampleRate: 22_050, channels: 'native' },
  { start: 0.7 },
  { start: 0.5, end: 2.1, channels: 'native' },
  { start: -1.9, channels: 'native' },
];
const lengths = [0.3, 1.23456, 1000];
const cases = sources.flatMap(([name, bytes]) => shapes.map((shape) => [name, shape, bytes] as const));

const framesOf = (seconds: number, rate: number): number => Math.floor(seconds * rate + 0.5);

describe.each(cases)('%s with %j', (_, shape, bytes) => {
  const loader = new AudioLoader();

  test('is cut to the bit where the whole would be', async () => {
    const whole = await decode(bytes, shape);
    for (const maxSeconds of lengths) {
      const audio = await loader.load(bytes, { ...shape, maxSeconds, overLength: 'truncate' });
      const frames = Math.min(framesOf(maxSeconds, whole.sampleRate), whole.frames);
      expect(audio).toMatchObject({ frames, truncated: frames < whole.frames, segments: null });
      expect(audio).toMatchObject({
        startFrame: whole.startFrame,
        channels: whole.channels,
        sampleRate: whole.sampleRate,
      });
      expect(audio.duration).toBe(frames / whole.sampleRate);
      expect(audio.shape).toEqual(whole.channels === 1 ? [frames] : [whole.channels, frames]);
      expect(equalSamples(audio.data, slice(whole, 0, frames))).toBe(true);
    }
  });

  test('is split without gaps', async () => {
    const whole = await decode(bytes, shape);
    for (const maxSeconds of lengths) {
      const audio = await loader.load(bytes, { ...shape, maxSeconds, overLength: 'split' });
      expect(audio.truncated).toBe(false);
      expect(equalSamples(audio.data, whole.data)).toBe(true);
      let at = 0;
      for (const { data, frames, startFrame, start } of audio.segments ?? []) {
        expect(frames).toBeGreaterThan(0);
        expect(frames).toBeLessThanOrEqual(framesOf(maxSeconds, whole.sampleRate));
        expect(startFrame).toBe(whole.startFrame + at);
        expect(start).toBe(startFrame / whole.sampleRate);
        expect(equalSamples(data, slice(whole, at, frames))).toBe(true);
        if (whole.channels === 1) expect(data.buffer).toBe(audio.data.buffer);
        at += frames;
      }
      expect(at).toBe(whole.frames);
    }
  });

  test('is an error by default', async () => {
    const whole = await decode(bytes, shape);
    for (const maxSeconds of lengths) {
      const call = loader.load(bytes, { ...shape, maxSeconds });
      if (whole.duration <= maxSeconds) expect((await call).frames).toBe(whole.frames);
      else
        expect(await errorOf(call)).toMatchObject({
          code: 'ERR_AUDIO_LIMIT',
          limit: 'seconds',
          max: maxSeconds,
          fault: 'client',
        });
    }
  });
});

describe('a request', () => {
  const bytes = wavOf(4);

  test('cannot lift what the loader allows', async () => {
    await using loader = new AudioLoader({ maxSeconds: 1 });
    expect(await errorOf(loader.load(bytes, { maxSeconds: 100 }))).toMatchObject({ limit: 'seconds', max: 1 });
    expect(await errorOf(loader.load(bytes, { maxSeconds: undefined }))).toMatchObject({ limit: 'seconds', max: 1 });
    expect(await loader.load(bytes, { maxSeconds: 100, overLength: 'truncate' })).toMatchObject({
      frames: 16_000,
      truncated: true,
    });
    const { segments, frames } = await loader.load(bytes, {
      maxSeconds: Number.POSITIVE_INFINITY,
      overLength: 'split',
    });
    expect(frames).toBe(64_000);
    expect(segments?.every((segment) => segment.frames <= 16_000)).toBe(true);
  });

  test('may tighten it, and choose what becomes of the rest', async () => {
    await using loader = new AudioLoader({ maxSeconds: 3, overLength: 'truncate' });
    expect(await loader.load(bytes)).toMatchObject({ frames: 48_000, truncated: true });
    expect(await loader.load(bytes, { maxSeconds: 2 })).toMatchObject({ frames: 32_000, truncated: true });
    expect(await errorOf(loader.load(bytes, { overLength: 'error' }))).toMatchObject({ limit: 'seconds', max: 3 });
  });

  test('stays within the limit of seconds, whatever it wants', async () => {
    await using loader = new AudioLoader({ limits: { seconds: 2 } });
    for (const overLength of ['error', 'split'] as const) {
      const error = await errorOf(loader.load(bytes, { overLength, maxSeconds: 100 }));
      expect(error).toMatchObject({ limit: 'seconds', max: 2 });
    }
    expect(await loader.load(bytes, { overLength: 'truncate' })).toMatchObject({ frames: 32_000, truncated: true });
  });
});

test('audio of just the length allowed is whole', async () => {
  await using loader = new AudioLoader({ maxSeconds: 4 });
  for (const overLength of ['error', 'truncate', 'split'] as const) {
    const audio = await loader.load(wavOf(4), { overLength });
    expect(audio).toMatchObject({ frames: 64_000, truncated: false });
    if (overLength === 'split') expect(audio.segments).toHaveLength(1);
  }
});

test('streams are cut as bytes are, and not read to their end', async () => {
  const bytes = wavOf(120);
  await using loader = new AudioLoader();
  let sent = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (; sent < bytes.length; sent += 50_000) yield bytes.subarray(sent, sent + 50_000);
  }
  const audio = await loader.load(chunks(), { maxSeconds: 5, overLength: 'truncate' });
  expect(audio).toMatchObject({ frames: 80_000, truncated: true });
  expect(sent).toBeLessThan(bytes.length / 2);
  const { data } = await decode(bytes, { end: 5 });
  expect(equalSamples(audio.data, data)).toBe(true);
});

describe('the beginning of a large address', () => {
  const versions = [wavOf(60, 1), wavOf(60, 2)];
  const want: LoadOptions = { maxSeconds: 5, overLength: 'truncate' };
  const load = async (maxAge: number): Promise<{ loads: LoadedAudio[]; requests: number }> => {
    let asked = 0;
    const server = await serve((_, response) => {
      response.setHeader('cache-control', `max-age=${maxAge}`);
      Readable.from([versions[asked++ % 2]]).pipe(response);
    });
    await using loader = localLoader();
    const loads = [await loader.load(server.origin, want), await loader.load(server.origin, want)];
    await server.close();
    return { loads, requests: asked };
  };

  test('is kept while it is fresh', async () => {
    const { loads, requests } = await load(600);
    expect(requests).toBe(1);
    expect(loads.map(({ cache }) => cache)).toEqual(['miss', 'hit']);
    expect(loads[1]?.data).toBe(loads[0]?.data);
  });

  test('is another when the address gives another', async () => {
    const { loads, requests } = await load(0);
    expect(requests).toBe(2);
    for (const [i, { data, frames }] of loads.entries()) {
      expect(frames).toBe(80_000);
      expect(equalSamples(data, (await decode(versions[i] as Uint8Array, { end: 5 })).data)).toBe(true);
    }
  });
});

test('segments of a copy are views of that copy', async () => {
  await using loader = new AudioLoader();
  const bytes = wavOf(4);
  await loader.load(bytes, { maxSeconds: 1, overLength: 'split' });
  const audio = await loader.load(bytes, { maxSeconds: 1, overLength: 'split', copy: true });
  expect(audio.cache).toBe('hit');
  expect((await all(audio.segments ?? [])).every(({ data }) => data.buffer === audio.data.buffer)).toBe(true);
  expect(audioOf([audio.data], 16_000).frames).toBe(64_000);
});
