import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DecodeEvent, EvictEvent, FetchEvent, LoadEvent, LoadProgress } from '../../dist/load/index.js';
import { toneWav } from '../safe/sounds.js';
import { failureOf, lenientLoader, serve } from './hostile_server.js';

/** What a service sees of its loads: progress, and events for metrics and logs. */

const tone = Buffer.from(toneWav(0.1));
const large = Buffer.from(toneWav(120));

interface Events {
  fetch: FetchEvent[];
  decode: DecodeEvent[];
  load: LoadEvent[];
  evict: EvictEvent[];
}

/** All events until the test is done. */
function watch(): Events {
  const events: Events = { fetch: [], decode: [], load: [], evict: [] };
  for (const name of ['fetch', 'decode', 'load', 'evict'] as const) {
    const listen = (event: unknown): void => void events[name].push(event as never);
    subscribe(`cochlea:${name}`, listen);
    onTestFinished(() => void unsubscribe(`cochlea:${name}`, listen));
  }
  return events;
}

const time = expect.any(Number);

describe('progress', () => {
  test.each([
    ['with a length', { 'content-length': large.length }, large.length],
    ['without', {}, null],
  ])('of a body %s', async (_, headers, total) => {
    const server = await serve((_, response) => response.writeHead(200, headers).end(large));
    const seen: LoadProgress[] = [];
    const loader = lenientLoader({}, { onProgress: (progress) => void seen.push(progress) });
    await loader.load(`${server.url}/a?secret=1`);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)).toEqual({ label: `${server.url}/a`, bytes: large.length, total });
    expect(seen.every((progress) => progress.total === total)).toBe(true);
    // It only grows.
    seen.reduce((before, { bytes }) => {
      expect(bytes).toBeGreaterThan(before);
      return bytes;
    }, 0);
  });

  test('starts anew with each try', async () => {
    const server = await serve((request, response, number) => {
      response.writeHead(200, { 'content-length': tone.length });
      if (number === 1) response.write(tone.subarray(0, 1000), () => request.socket.end());
      else response.end(tone);
    });
    const seen: number[] = [];
    await lenientLoader({}, { onProgress: ({ bytes }) => void seen.push(bytes) }).load(server.url);
    expect(seen[0]).toBe(1000);
    expect(seen.at(-1)).toBe(tone.length);
  });
});

describe('events', () => {
  test('of a miss, a hit and a revalidation', async () => {
    const server = await serve((request, response, number) => {
      const isSame = request.headers['if-none-match'] !== undefined;
      response.writeHead(isSame ? 304 : 200, {
        etag: '"a"',
        'cache-control': number === 1 ? 'max-age=0' : 'max-age=60',
      });
      response.end(isSame ? undefined : tone);
    });
    const events = watch();
    const loader = lenientLoader();
    for (let i = 0; i < 3; i++) await loader.load(`${server.url}/a?secret=1#part`);
    const label = `${server.url}/a`;
    const common = { label, milliseconds: time, error: undefined };
    expect(events.fetch).toEqual([
      { ...common, tries: 1, bytes: tone.length },
      { ...common, tries: 1, bytes: 0 },
    ]);
    expect(events.decode).toEqual([{ ...common, frames: 1600, sampleRate: 16_000 }]);
    expect(events.load).toEqual(['miss', 'revalidated', 'hit'].map((cache) => ({ ...common, cache })));
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  test('of failures hold their code, and one fetch for each try', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/text') response.end('this is no audio');
      else response.writeHead(503).end();
    });
    const events = watch();
    const loader = lenientLoader({ retries: 1 });
    await failureOf(loader, server.url);
    await failureOf(loader, `${server.url}/text`);
    const failed = { milliseconds: time, bytes: 0, error: 'ERR_FETCH_FAILED' };
    expect(events.fetch).toMatchObject([
      { ...failed, tries: 1 },
      { ...failed, tries: 2 },
      { tries: 1, bytes: 16, error: undefined },
    ]);
    expect(events.decode).toMatchObject([{ error: 'ERR_AUDIO_UNSUPPORTED_CONTAINER', frames: 0 }]);
    expect(events.load.map(({ error }) => error)).toEqual(['ERR_FETCH_FAILED', 'ERR_AUDIO_UNSUPPORTED_CONTAINER']);
  });

  test('of what is dropped from the cache', async () => {
    const server = await serve((request, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60' }).end(toneWav(request.url === '/1' ? 1 : 2));
    });
    const events = watch();
    const dropped: EvictEvent[] = [];
    const loader = lenientLoader(
      {},
      { cache: { maxBytes: 200_000, onEvict: (evicted) => void dropped.push(evicted) } },
    );
    for (const path of ['/1', '/2?secret']) await loader.load(server.url + path);
    expect(events.evict).toEqual([{ label: `${server.url}/1`, key: expect.any(String), bytes: expect.any(Number) }]);
    expect(events.evict[0]?.bytes).toBeGreaterThanOrEqual(64_000);
    expect(dropped).toEqual(events.evict);
    expect(loader.stats()).toMatchObject({ entries: 1, evictions: 1 });
  });

  test('times are those of the work', async () => {
    const server = await serve((_, response) => void setTimeout(() => response.end(tone), 120));
    const events = watch();
    await lenientLoader().load(server.url);
    expect(events.fetch[0]?.milliseconds).toBeGreaterThanOrEqual(115);
    expect(events.load[0]?.milliseconds).toBeGreaterThanOrEqual(events.fetch[0]?.milliseconds ?? 0);
    expect(events.decode[0]?.milliseconds).toBeGreaterThan(0);
    expect(events.decode[0]?.milliseconds).toBeLessThan(events.load[0]?.milliseconds ?? 0);
  });
});
