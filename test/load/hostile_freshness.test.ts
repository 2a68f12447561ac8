import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { AudioLoader, CacheOptions, LoadedAudio } from '../../dist/load/index.js';
import { sleep } from '../concurrency/long-audio.js';
import { toneWav } from '../safe/sounds.js';
import { failureOf, lenientLoader, type Served, serve } from './hostile_server.js';

/** What may be used again, and for how long: RFC 9111, in tables of our own. */

const tone = Buffer.from(toneWav(0.1));
const longer = Buffer.from(toneWav(0.2));

type Headers = Record<string, string>;

/** Serves a tone with these headers; a request that names its validator gets 304. */
function unchanging(headers: Headers, on304: Headers = {}): Promise<Served> {
  return serve((request, response) => {
    const { etag, 'last-modified': modified } = headers;
    const isSame =
      (etag !== undefined && request.headers['if-none-match'] === etag) ||
      (modified !== undefined && request.headers['if-modified-since'] === modified);
    if (isSame)
      response.writeHead(304, { ...(etag && { etag }), ...(modified && { 'last-modified': modified }), ...on304 });
    else response.writeHead(200, headers);
    response.end(isSame ? undefined : tone);
  });
}

async function twice(loader: AudioLoader, url: string): Promise<string> {
  const first = await loader.load(url);
  const second = await loader.load(url);
  expect(second.frames).toBe(first.frames);
  return `${first.cache}, ${second.cache}`;
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toUTCString();
const anHourAgo = () => new Date(Date.now() - 3_600_000).toUTCString();
const now = () => new Date().toUTCString();

// [what the server says, requests for two loads, how the second was come by, where RFC 9111 says so]
const verdicts: [Headers, number, string, string][] = [
  [{ 'cache-control': 'max-age=60' }, 1, 'hit', '5.2.2.1'],
  [{ 'cache-control': 'public, max-age=60' }, 1, 'hit', '5.2.2.9'],
  [{ 'cache-control': 'max-age=60, must-revalidate' }, 1, 'hit', '5.2.2.2: only once it is stale'],
  [{ 'cache-control': 's-maxage=60, max-age=0' }, 1, 'hit', '5.2.2.10: a shared cache'],
  [{ 'cache-control': 'max-age=60, s-maxage=0' }, 2, 'hit', '5.2.2.10'],
  [{ 'cache-control': 'max-age=60', expires: anHourAgo() }, 1, 'hit', '5.3: max-age wins'],
  [{ expires: inAnHour(), date: now() }, 1, 'hit', '5.3'],
  [{ expires: anHourAgo(), date: now() }, 2, 'hit', '5.3'],
  [{ expires: '0' }, 2, 'hit', '5.3: an invalid date is in the past'],
  [{ 'cache-control': 'max-age=60', age: '61' }, 2, 'hit', '4.2.3: it was stale when it came'],
  [{ 'cache-control': 'max-age=60', age: '10' }, 1, 'hit', '4.2.3'],
  [{ 'cache-control': 'no-cache' }, 2, 'hit', '5.2.2.4: only after asking'],
  [{ 'cache-control': 'no-cache', etag: '"a"' }, 2, 'revalidated', '5.2.2.4'],
  [{ 'cache-control': 'no-store' }, 2, 'miss', '5.2.2.5'],
  [{ 'cache-control': 'no-store, max-age=60', etag: '"a"' }, 2, 'miss', '5.2.2.5'],
  [{ 'cache-control': 'private, max-age=60' }, 2, 'miss', '5.2.2.7: a shared cache'],
  [{ 'cache-control': 'max-age=0', etag: '"a"' }, 2, 'revalidated', '4.3'],
  [{ 'cache-control': 'max-age=0', etag: 'W/"a"' }, 2, 'revalidated', '4.3.1: weak is enough'],
  [{ 'cache-control': 'max-age=0', 'last-modified': anHourAgo() }, 2, 'revalidated', '4.3.1'],
  [{ etag: '"a"', 'last-modified': anHourAgo() }, 2, 'revalidated', '4.2.2: its age is not guessed'],
  [{ 'cache-control': 'max-age=60', vary: 'accept-encoding' }, 1, 'hit', '4.1: the same request'],
  [{ 'cache-control': 'max-age=60', vary: '*' }, 2, 'hit', '4.1: never the same'],
  [{ 'cache-control': 'immutable' }, 2, 'hit', '4.2.2: immutable is no lifetime (RFC 8246, 2)'],
  [{}, 2, 'hit', '3: without a validator the body comes again, and is the same'],
];

test.each(verdicts)('%j: %i requests, %s (RFC 9111, %s)', async (headers, requests, second) => {
  const server = await unchanging(headers);
  expect(await twice(lenientLoader(), server.url)).toBe(`miss, ${second}`);
  expect(server.requests).toHaveLength(requests);
});

test('what may not be kept is not', async () => {
  const server = await unchanging({ 'cache-control': 'no-store' });
  const loader = lenientLoader();
  await twice(loader, server.url);
  expect(loader.stats()).toMatchObject({ entries: 0, bytes: 0 });
});

describe('a stale answer', () => {
  test('that is still the same comes without a body, and is fresh anew', async () => {
    const server = await unchanging({ 'cache-control': 'max-age=0', etag: '"a"' }, { 'cache-control': 'max-age=60' });
    const loader = lenientLoader();
    const outcomes = [];
    for (let i = 0; i < 4; i++) outcomes.push((await loader.load(server.url)).cache);
    expect(outcomes).toEqual(['miss', 'revalidated', 'hit', 'hit']);
    expect(server.requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"a"']);
    expect(loader.stats()).toMatchObject({ entries: 1, hits: 3, misses: 1 });
  });

  test('that has changed is loaded anew', async () => {
    const server = await serve((_, response, number) => {
      const body = number === 1 ? tone : longer;
      const etag = createHash('sha1').update(body).digest('hex');
      response.writeHead(200, { 'cache-control': 'max-age=0', etag: `"${etag}"` }).end(body);
    });
    const loader = lenientLoader();
    expect(await loader.load(server.url)).toMatchObject({ cache: 'miss', frames: 1600 });
    expect(await loader.load(server.url)).toMatchObject({ cache: 'miss', frames: 3200 });
  });

  test('whose server fails now is not used', async () => {
    const server = await serve((_, response, number) => {
      if (number === 1) response.writeHead(200, { 'cache-control': 'max-age=0', etag: '"a"' }).end(tone);
      else response.writeHead(500).end();
    });
    const loader = lenientLoader();
    await loader.load(server.url);
    expect(await failureOf(loader, server.url)).toMatchObject({ status: 500 });
  });

  test('with other options is asked for whole: there is nothing that could be the same', async () => {
    const server = await unchanging({ 'cache-control': 'max-age=60', etag: '"a"' });
    const loader = lenientLoader();
    await loader.load(server.url);
    expect(await loader.load(server.url, { sampleRate: 8000 })).toMatchObject({ cache: 'miss', frames: 800 });
    expect(server.requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined]);
  });
});

describe('a redirect', () => {
  /** `/0` leads to `/1`, and so on; the last one is the audio. Each has its own headers. */
  const chain = (status: number, ...hops: Headers[]): Promise<Served> =>
    serve((request, response) => {
      const hop = Number(request.url?.slice(1));
      const headers = hops[hop] ?? {};
      if (hop < hops.length - 1)
        return response.writeHead(status, { ...headers, location: `/${hop + 1}` }).end('moved');
      const isSame = headers.etag !== undefined && request.headers['if-none-match'] === headers.etag;
      return response.writeHead(isSame ? 304 : 200, headers).end(isSame ? undefined : tone);
    });
  const fresh = { 'cache-control': 'max-age=60' };

  test.each([301, 302, 303, 307, 308])('%i is followed, and asked for again if it has no freshness', async (status) => {
    const server = await chain(status, {}, fresh);
    expect(await twice(lenientLoader(), `${server.url}/0`)).toBe('miss, hit');
    expect(server.requests.map(({ url }) => url)).toEqual(['/0', '/1', '/0', '/1']);
    // No address is told where the request came from.
    for (const { headers } of server.requests) expect(headers.referer).toBeUndefined();
  });

  test.each([301, 302, 307, 308])('%i with a freshness of its own is not asked for again', async (status) => {
    const server = await chain(status, fresh, fresh);
    expect(await twice(lenientLoader(), `${server.url}/0`)).toBe('miss, hit');
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    ['no-store', { 'cache-control': 'no-store' }],
    ['private', { 'cache-control': 'private, max-age=60' }],
    ['stale when it came', { 'cache-control': 'max-age=60', age: '60' }],
  ])('one hop of three is %s: the chain is asked for again, the body compared', async (_, stale) => {
    const server = await chain(302, fresh, stale, { ...fresh, etag: '"a"' });
    expect(await twice(lenientLoader(), `${server.url}/0`)).toBe('miss, revalidated');
    expect(server.requests).toHaveLength(6);
  });

  test('a hop that expires ends the freshness of the chain', async () => {
    const server = await chain(302, fresh, { 'cache-control': 'max-age=1' }, { ...fresh, etag: '"a"' });
    const loader = lenientLoader();
    expect(await twice(loader, `${server.url}/0`)).toBe('miss, hit');
    await sleep(1100);
    expect((await loader.load(`${server.url}/0`)).cache).toBe('revalidated');
    expect(server.requests).toHaveLength(6);
  });

  test('that leads elsewhere now is not taken for the same', async () => {
    const server = await serve((request, response, number) => {
      if (request.url === '/') response.writeHead(302, { location: number < 3 ? '/a' : '/b' }).end();
      else if (request.headers['if-none-match'] === '"same"') response.writeHead(304, { etag: '"same"' }).end();
      else response.writeHead(200, { etag: '"same"' }).end(request.url === '/a' ? tone : longer);
    });
    const loader = lenientLoader();
    expect(await loader.load(server.url)).toMatchObject({ frames: 1600 });
    // The tag of one address means nothing at another.
    expect(await loader.load(server.url)).toMatchObject({ frames: 3200, cache: 'miss' });
  });
});

describe('the times of the loader', () => {
  const after = async (cache: CacheOptions, headers: Headers, wait: number) => {
    const server = await unchanging(headers);
    const loader = lenientLoader({}, { cache });
    const outcomes = [await twice(loader, server.url)];
    await sleep(wait);
    outcomes.push((await loader.load(server.url)).cache);
    return outcomes.join(', ');
  };

  test('ttl ends what a server would allow for longer', async () => {
    expect(await after({ ttl: 150 }, { 'cache-control': 'max-age=60' }, 250)).toBe('miss, hit, miss');
    expect(await after({ ttl: 60_000 }, { 'cache-control': 'max-age=60' }, 250)).toBe('miss, hit, hit');
  });

  test('ttl does not lengthen what a server allows', async () => {
    expect(await after({ ttl: 60_000 }, { 'cache-control': 'max-age=1', etag: '"a"' }, 1100)).toBe(
      'miss, hit, revalidated',
    );
  });

  test('an address that failed is asked anew, unless negativeTtl says for how long not', async () => {
    const server = await serve((_, response) => response.writeHead(404).end());
    const forgetful = lenientLoader();
    await failureOf(forgetful, server.url);
    await failureOf(forgetful, server.url);
    expect(server.requests).toHaveLength(2);
    const loader = lenientLoader({}, { cache: { negativeTtl: 200 } });
    const first = await failureOf(loader, server.url);
    expect(await failureOf(loader, server.url)).toMatchObject({ status: 404, label: first.label });
    expect(server.requests).toHaveLength(3);
    await sleep(300);
    await failureOf(loader, server.url);
    expect(server.requests).toHaveLength(4);
  });

  test('an abort and a timeout of the caller are no failures of the address', async () => {
    const server = await serve((_, response, number) => void (number > 1 && response.end(tone)));
    const loader = lenientLoader({}, { cache: { negativeTtl: 60_000 } });
    await expect(loader.load(server.url, { timeout: 50 })).rejects.toMatchObject({ limit: 'timeout' });
    expect(await loader.load(server.url)).toMatchObject({ frames: 1600 });
  });
});

test('audio that is taken away while its server is asked about it is fetched again', async () => {
  let taken: LoadedAudio | undefined;
  const server = await serve((request, response) => {
    if (request.headers['if-none-match'] === undefined) response.writeHead(200, { etag: '"a"' }).end(toneWav(0.1));
    else {
      if (taken) structuredClone(taken.data, { transfer: [taken.data.buffer] });
      response.writeHead(304, { etag: '"a"' }).end();
    }
  });
  const loader = lenientLoader();
  taken = await loader.load(server.url);
  const again = await loader.load(server.url);
  expect(again.data.length).toBe(again.frames);
  expect(server.requests.length).toBe(3);
});
