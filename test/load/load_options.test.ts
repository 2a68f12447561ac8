import { describe, expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { AudioLoader, type AudioLoaderOptions, type LoadOptions } from '../../dist/load/index.js';
import { errorOf, thrownBy } from '../safe/outcome.js';
import { wavOf } from './cache_server.js';

/** Options are checked where they are given, and name what is wrong; no request lifts what the loader allows. */

const bytes = wavOf(0.1);

const anywhere: [object, typeof TypeError | typeof RangeError, string][] = [
  [{ sampelRate: 16_000 }, TypeError, 'options.sampelRate'],
  [{ sampleRate: '16000' }, TypeError, 'options.sampleRate'],
  [{ sampleRate: 10 }, RangeError, 'options.sampleRate'],
  [{ channels: 3 }, TypeError, 'options.channels'],
  [{ maxSeconds: '5' }, TypeError, 'options.maxSeconds'],
  [{ maxSeconds: null }, TypeError, 'options.maxSeconds'],
  [{ maxSeconds: 0 }, RangeError, 'options.maxSeconds'],
  [{ maxSeconds: -1 }, RangeError, 'options.maxSeconds'],
  [{ maxSeconds: Number.NaN }, RangeError, 'options.maxSeconds'],
  [{ overLength: 'cut' }, TypeError, 'options.overLength'],
  [{ overLength: 0 }, TypeError, 'options.overLength'],
  [{ timeout: 0 }, RangeError, 'options.timeout'],
  [{ timeout: '5' }, TypeError, 'options.timeout'],
  [{ start: 5, end: 4 }, RangeError, 'options.end'],
  [{ raw: { codec: 'mp3' } }, TypeError, 'options.raw.codec'],
];

const ofLoads: typeof anywhere = [
  [{ copy: 1 }, TypeError, 'options.copy'],
  [{ signal: {} }, TypeError, 'options.signal'],
  // These belong to the loader.
  [{ limits: { seconds: 1e9 } }, TypeError, 'options.limits'],
  [{ allowHttp: true }, TypeError, 'options.allowHttp'],
  [{ allowPrivateAddresses: true }, TypeError, 'options.allowPrivateAddresses'],
  [{ allowedRoot: '/' }, TypeError, 'options.allowedRoot'],
  [{ dataUrlBytes: 1e9 }, TypeError, 'options.dataUrlBytes'],
  [{ fetch: {} }, TypeError, 'options.fetch'],
  [{ cache: {} }, TypeError, 'options.cache'],
  [{ concurrency: {} }, TypeError, 'options.concurrency'],
];

const ofLoaders: typeof anywhere = [
  [{ signal: new AbortController().signal }, TypeError, 'options.signal'],
  [{ copy: true }, TypeError, 'options.copy'],
  [{ limits: { second: 1 } }, TypeError, 'options.limits.second'],
  [{ allowHttp: 'yes' }, TypeError, 'options.allowHttp'],
  [{ allowPrivateAddresses: '10.0.0.0/8' }, TypeError, 'options.allowPrivateAddresses'],
  [{ allowPrivateAddresses: [5] }, TypeError, 'options.allowPrivateAddresses[0]'],
  [{ allowPrivateAddresses: ['::/0', '10.0.0.0'] }, RangeError, 'options.allowPrivateAddresses[1]'],
  [{ allowedHosts: 'example.com' }, TypeError, 'options.allowedHosts'],
  [{ allowedHosts: [null] }, TypeError, 'options.allowedHosts[0]'],
  [{ allowedHosts: ['a.com', 'https://b.com'] }, RangeError, 'options.allowedHosts[1]'],
  [{ allowedHosts: [''] }, RangeError, 'options.allowedHosts[0]'],
  [{ allowedHosts: ['a.com:80'] }, RangeError, 'options.allowedHosts[0]'],
  [{ allowedHosts: ['user@a.com'] }, RangeError, 'options.allowedHosts[0]'],
  [{ allowedHosts: ['a.com/b'] }, RangeError, 'options.allowedHosts[0]'],
  [{ allowedRoot: '' }, TypeError, 'options.allowedRoot'],
  [{ allowedRoot: 5 }, TypeError, 'options.allowedRoot'],
  [{ dataUrlBytes: 0 }, RangeError, 'options.dataUrlBytes'],
  [{ dataUrlBytes: '16' }, TypeError, 'options.dataUrlBytes'],
  [{ onProgress: true }, TypeError, 'options.onProgress'],
  [{ fetch: null }, TypeError, 'options.fetch'],
  [{ fetch: 'no' }, TypeError, 'options.fetch'],
  [{ fetch: { timeOut: 5 } }, TypeError, 'options.fetch.timeOut'],
  [{ fetch: { timeout: 0 } }, RangeError, 'options.fetch.timeout'],
  [{ fetch: { timeout: 2 ** 31 } }, RangeError, 'options.fetch.timeout'],
  [{ fetch: { connectTimeout: '1' } }, TypeError, 'options.fetch.connectTimeout'],
  [{ fetch: { bodyBytes: 0 } }, RangeError, 'options.fetch.bodyBytes'],
  [{ fetch: { urlLength: 0 } }, RangeError, 'options.fetch.urlLength'],
  [{ fetch: { redirects: -1 } }, RangeError, 'options.fetch.redirects'],
  [{ fetch: { redirects: 21 } }, RangeError, 'options.fetch.redirects'],
  [{ fetch: { retries: 0.5 } }, RangeError, 'options.fetch.retries'],
  [{ fetch: { connectionsPerOrigin: 0 } }, RangeError, 'options.fetch.connectionsPerOrigin'],
  [{ fetch: { connectionsPerOrigin: 101 } }, RangeError, 'options.fetch.connectionsPerOrigin'],
  [{ fetch: { userAgent: '' } }, TypeError, 'options.fetch.userAgent'],
  [{ fetch: { userAgent: 'a\r\nHost: b' } }, TypeError, 'options.fetch.userAgent'],
  [{ fetch: { userAgent: 5 } }, TypeError, 'options.fetch.userAgent'],
  [{ fetch: { proxy: 'proxy:3128' } }, TypeError, 'options.fetch.proxy'],
  [{ fetch: { proxy: 5 } }, TypeError, 'options.fetch.proxy'],
  [{ fetch: { lookup: {} } }, TypeError, 'options.fetch.lookup'],
  [{ cache: null }, TypeError, 'options.cache'],
  [{ cache: { max: 5 } }, TypeError, 'options.cache.max'],
  [{ cache: { maxBytes: -1 } }, RangeError, 'options.cache.maxBytes'],
  [{ cache: { maxBytes: Number.POSITIVE_INFINITY } }, RangeError, 'options.cache.maxBytes'],
  [{ cache: { ttl: 0 } }, RangeError, 'options.cache.ttl'],
  [{ cache: { negativeTtl: -1 } }, RangeError, 'options.cache.negativeTtl'],
  [{ cache: { onEvict: 'log' } }, TypeError, 'options.cache.onEvict'],
  [{ concurrency: null }, TypeError, 'options.concurrency'],
  [{ concurrency: { encodes: 1 } }, TypeError, 'options.concurrency.encodes'],
  [{ concurrency: { downloads: 0 } }, RangeError, 'options.concurrency.downloads'],
  [{ concurrency: { downloads: 101 } }, RangeError, 'options.concurrency.downloads'],
  [{ concurrency: { decodes: '2' } }, TypeError, 'options.concurrency.decodes'],
  [{ concurrency: { queue: -1 } }, RangeError, 'options.concurrency.queue'],
];

const expectThrown = (error: Error, Class: typeof TypeError, name: string): void => {
  expect(error.constructor).toBe(Class);
  expect(error.message.startsWith(`${name} `), error.message).toBe(true);
};

test.each([...anywhere, ...ofLoaders])('a loader with %j', (options, Class, name) => {
  expectThrown(
    thrownBy(() => new AudioLoader(options as AudioLoaderOptions)),
    Class,
    name,
  );
});

describe('a load with', () => {
  const loader = new AudioLoader();
  const calls = [
    (options: LoadOptions) => loader.load(bytes, options),
    (options: LoadOptions) => loader.probe(bytes, options),
    (options: LoadOptions) => loader.loadAll([bytes], options),
  ];

  test.each([...anywhere, ...ofLoads])('%j', (options, Class, name) => {
    for (const call of calls)
      expectThrown(
        thrownBy(() => call(options)),
        Class,
        name,
      );
  });

  test.each([null, 5, 'fast', true])('%j for its options', (options) => {
    for (const call of calls)
      expect(thrownBy(() => call(options as LoadOptions)).message).toMatch(/^options must be an object/);
  });
});

test.each([null, 5, 'fast'])('a loader with %j for its options', (options) => {
  expect(thrownBy(() => new AudioLoader(options as AudioLoaderOptions)).message).toMatch(/^options must be an object/);
});

test('what is undefined is not given', async () => {
  const nothing = { fetch: { timeout: undefined }, cache: { ttl: undefined }, concurrency: { queue: undefined } };
  await using loader = new AudioLoader({
    ...nothing,
    maxSeconds: undefined,
    allowedRoot: undefined,
    allowHttp: undefined,
  });
  const audio = await loader.load(bytes, {
    maxSeconds: undefined,
    sampleRate: undefined,
    signal: undefined,
    timeout: undefined,
  });
  expect(audio.frames).toBe(1600);
});

test('the options of the loader are the defaults of a load', async () => {
  await using loader = new AudioLoader({ sampleRate: 8000, channels: 2, start: 0.02 });
  const audio = await loader.load(bytes);
  const { transferable: _, ...decoded } = await decode(bytes, { sampleRate: 8000, channels: 2, start: 0.02 });
  expect(audio).toMatchObject(decoded);
  expect(await loader.load(bytes, { sampleRate: 16_000, channels: 1, start: 0 })).toMatchObject({
    frames: 1600,
    channels: 1,
  });
});

test('no request lifts a limit', async () => {
  const limits = { seconds: 0.05, channels: 1 };
  await using loader = new AudioLoader({ limits });
  expect(await errorOf(loader.load(bytes, { maxSeconds: 10 }))).toMatchObject({ limit: 'seconds', max: 0.05 });
  expect(await errorOf(loader.load(wavOf(0.01, 0, 2)))).toMatchObject({ limit: 'channels', max: 1 });
  async function* never(): AsyncGenerator<Uint8Array> {
    await new Promise(() => {});
  }
  await using hasty = new AudioLoader({ timeout: 5 });
  expect(await errorOf(hasty.load(never(), { timeout: 1e9 }))).toMatchObject({ limit: 'timeout', max: 5 });
});

test('a request may set a limit of time that no timer can count', async () => {
  await using loader = new AudioLoader();
  for (const timeout of [2 ** 31, 1e12, Number.POSITIVE_INFINITY]) {
    expect((await loader.load(bytes, { timeout })).frames).toBe(1600);
  }
});
