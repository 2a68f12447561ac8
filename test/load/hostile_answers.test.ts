import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { toneWav } from '../safe/sounds.js';
import { failureOf, type Handler, lenientLoader, raw, serve } from './hostile_server.js';

/** Answers that are none: what each ends in, and how often the server was asked. */

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;
/** The fault of the server, which may do better later. */
const passing = { code: 'ERR_FETCH_FAILED', fault: 'server', retryable: true };
/** The fault of the address. */
const final = { code: 'ERR_FETCH_FAILED', fault: 'client', retryable: false };

const answers: [string, string, object, number][] = [
  ['words', 'good day\r\n\r\n', { ...final, reason: 'protocol' }, 1],
  ['a page without headers, as in HTTP/0.9', '<html>good day</html>', { ...final, reason: 'protocol' }, 1],
  ['nothing', '', { ...passing, reason: 'reset', status: null }, 2],
  ['half of the headers', `${ok}Content-Le`, { ...passing, reason: 'reset' }, 2],
  ['a header of 1 MB', `${ok}X: ${'x'.repeat(1e6)}\r\n\r\n`, { ...final, reason: 'protocol' }, 1],
  ['100 000 headers', `${ok}${'X: y\r\n'.repeat(1e5)}\r\n`, { ...final, reason: 'protocol' }, 1],
  ['a status below 100', 'HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n', { ...final, reason: 'protocol' }, 1],
  ['hints without end', 'HTTP/1.1 103 Early\r\n\r\n'.repeat(1000), { ...passing, reason: 'reset' }, 2],
  ['two lengths', `${ok}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, { ...final, reason: 'protocol' }, 1],
  ['a negative length', `${ok}Content-Length: -3\r\n\r\nabc`, { ...final, reason: 'protocol' }, 1],
  ['a length that is no number', `${ok}Content-Length: many\r\n\r\nabc`, { ...final, reason: 'protocol' }, 1],
  ['a length of 2^70', `${ok}Content-Length: 1180591620717411303424\r\n\r\nabc`, { ...final, reason: 'protocol' }, 1],
  ['a length and chunks', `${ok}Content-Length: 3\r\n${chunked.slice(ok.length)}3\r\nabc\r\n0\r\n\r\n`, final, 1],
  ['a body shorter than stated', `${ok}Content-Length: 30\r\n\r\nabc`, { ...passing, reason: 'incomplete' }, 2],
  [
    'a body shorter than stated, on a connection that closes',
    `${ok}Connection: close\r\nContent-Length: 30\r\n\r\nabc`,
    { ...passing, reason: 'incomplete' },
    2,
  ],
  ['chunks without the last', `${chunked}3\r\nabc\r\n`, { ...passing, reason: 'incomplete' }, 2],
  [
    'chunks without the last, on a connection that closes',
    `${ok}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    { ...passing, reason: 'incomplete' },
    2,
  ],
  ['a chunk longer than stated', `${chunked}2\r\nabc\r\n0\r\n\r\n`, { ...final, reason: 'protocol' }, 1],
  ['a chunk of negative size', `${chunked}-3\r\nabc\r\n0\r\n\r\n`, { ...final, reason: 'protocol' }, 1],
  ['a chunk of 2^72 bytes', `${chunked}ffffffffffffffffff\r\nabc\r\n`, { ...final, reason: 'protocol' }, 1],
  ['no body', `${ok}Content-Length: 0\r\n\r\n`, { code: 'ERR_AUDIO_EMPTY' }, 1],
  ['text', `${ok}Content-Type: audio/wav\r\n\r\ngood day`, { code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER' }, 1],
  ['204', 'HTTP/1.1 204 Empty\r\n\r\n', { ...final, reason: 'status', status: 204 }, 1],
  ['206, which was not asked for', 'HTTP/1.1 206 Part\r\n\r\nabc', { ...final, reason: 'status', status: 206 }, 1],
  ['304, which was not asked for', 'HTTP/1.1 304 Same\r\n\r\n', { ...final, reason: 'status', status: 304 }, 1],
  ['302 to nowhere', 'HTTP/1.1 302 Moved\r\n\r\n', { ...final, reason: 'status', status: 302 }, 1],
];

test.each(answers)('%s', async (_, text, expected, tries) => {
  const server = await serve(raw(text));
  const error = await failureOf(lenientLoader({ retries: 1, timeout: 5000 }), `${server.url}/a?secret`);
  expect(error).toMatchObject({ ...expected, label: `${server.url}/a` });
  expect(server.requests).toHaveLength(tries);
  // Neither the query nor what the server sent goes where errors are logged.
  expect(error.message).not.toMatch(/secret|abc|good day/);
  expect(JSON.stringify(error.cause ?? '')).not.toMatch(/secret|good day/);
});

const status =
  (status: number, headers = {}, body = ''): Handler =>
  (_, response) =>
    response.writeHead(status, headers).end(body);

describe('a failing status', () => {
  test.each([
    [400, false, 1],
    [401, false, 1],
    [403, false, 1],
    [404, false, 1],
    [410, false, 1],
    [408, true, 1],
    [429, true, 3],
    [500, true, 1],
    [502, true, 3],
    [503, true, 3],
    [504, true, 3],
  ])('%i', async (code, retryable, tries) => {
    const server = await serve(status(code));
    const error = await failureOf(lenientLoader(), server.url);
    const fault = retryable ? 'server' : 'client';
    expect(error).toMatchObject({ reason: 'status', status: code, retryable, fault, retryAfter: null, answer: null });
    expect(server.requests).toHaveLength(tries);
  });

  test('passes if a later try succeeds', async () => {
    const tone = toneWav(0.1);
    const server = await serve((_, response, number) => {
      if (number < 3) response.writeHead(503).end();
      else response.end(tone);
    });
    expect(await lenientLoader().load(server.url)).toMatchObject({ frames: 1600, cache: 'miss' });
    expect(server.requests).toHaveLength(3);
  });

  test('comes with its text, up to 8 KiB, and only if it is text', async () => {
    const types = ['text/html', 'application/problem+json', 'application/octet-stream'];
    const server = await serve((_, response, number) => {
      response.writeHead(404, { 'content-type': types[number - 1] }).end(`gone${'!'.repeat(100_000)}`);
    });
    const loader = lenientLoader();
    for (const answer of [`gone${'!'.repeat(8188)}`, `gone${'!'.repeat(8188)}`, null]) {
      expect((await failureOf(loader, server.url)).answer).toBe(answer);
    }
  });

  test('whose text never ends takes no longer than the fetch may', async () => {
    const server = await serve((_, response) => {
      response.writeHead(503, { 'content-type': 'text/plain' }).write('wait');
    });
    const start = performance.now();
    const error = await failureOf(lenientLoader({ timeout: 150 }), server.url);
    expect(error).toMatchObject({ status: 503, answer: 'wait', retryable: true });
    expect(performance.now() - start).toBeLessThan(900);
    expect(server.requests).toHaveLength(1);
  });
});

describe('Retry-After', () => {
  const after = async (value: string, timeout = 30_000) => {
    const server = await serve(status(429, { 'retry-after': value }));
    const start = performance.now();
    const error = await failureOf(lenientLoader({ retries: 1, timeout }), server.url);
    return { error, tries: server.requests.length, milliseconds: performance.now() - start };
  };

  test('in seconds is waited for', async () => {
    const { error, tries, milliseconds } = await after('1');
    expect(error).toMatchObject({ retryAfter: 1, status: 429 });
    expect(tries).toBe(2);
    expect(milliseconds).toBeGreaterThanOrEqual(990);
  });

  test('as a date is waited for', async () => {
    const { error, tries } = await after(new Date(Date.now() - 60_000).toUTCString());
    expect(error).toMatchObject({ retryAfter: 0 });
    expect(tries).toBe(2);
    const later = await after(new Date(Date.now() + 3_600_000).toUTCString());
    expect(later.error.retryAfter).toBeGreaterThan(3590);
    expect(later.error.retryAfter).toBeLessThanOrEqual(3600);
    expect(later.tries).toBe(1);
  });

  test('beyond the timeout is not: the caller hears of it at once', async () => {
    const { error, tries, milliseconds } = await after('60');
    expect(error).toMatchObject({ retryAfter: 60, retryable: true });
    expect(tries).toBe(1);
    expect(milliseconds).toBeLessThan(2000);
  });

  test.each(['-1', '1.5', 'soon', '99999999999', ''])('of %j is none', async (value) => {
    const { error, tries } = await after(value);
    expect(error.retryAfter).toBeNull();
    expect(tries).toBe(2);
  });
});

describe('the type and encoding of a body', () => {
  const tone = toneWav(0.1);

  test.each(['text/html', 'audio/mpeg', 'video/mp4', 'application/json', '///'])(
    'a type of %s is not believed: the bytes decide',
    async (type) => {
      const server = await serve(status(200, { 'content-type': type }, tone as never));
      expect(await lenientLoader().load(`${server.url}/a.mp3`)).toMatchObject({
        frames: 1600,
        source: { container: 'wav' },
      });
    },
  );

  test('a compressed body is refused, not inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const server = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    expect(await failureOf(lenientLoader(), server.url)).toMatchObject({ ...final, reason: 'protocol', status: 200 });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    'Identity',
    '',
    'none',
    'aws-chunked',
    'UTF-8',
    'utf8',
    'binary',
    'aws-chunked, identity',
    'aws-chunked,,None',
    ['aws-chunked', 'utf-8'],
  ])('a Content-Encoding of %j encodes nothing', async (encoding) => {
    const server = await serve(status(200, { 'content-encoding': encoding }, tone as never));
    expect(await lenientLoader().load(server.url)).toMatchObject({ frames: 1600 });
  });

  test.each(['br', 'zstd', 'x-gzip', 'aws-chunked, gzip', 'gzip,aws-chunked', ['identity', 'deflate'], 'nonesuch'])(
    'one of %j is refused',
    async (encoding) => {
      const server = await serve(status(200, { 'content-encoding': encoding }, tone as never));
      expect(await failureOf(lenientLoader(), server.url)).toMatchObject({ ...final, reason: 'protocol' });
    },
  );

  test('203 is an answer as 200 is', async () => {
    const server = await serve(status(203, {}, tone as never));
    expect(await lenientLoader().load(server.url)).toMatchObject({ frames: 1600 });
  });

  test('what follows the stated length is not read', async () => {
    const head = Buffer.from(`${ok}Content-Length: ${tone.length}\r\n\r\n`);
    const server = await serve(raw(Buffer.concat([head, tone, Buffer.from('and more')])));
    expect(await lenientLoader().load(server.url)).toMatchObject({ frames: 1600 });
  });

  test('a body without a length ends with its connection', async () => {
    const server = await serve(raw(Buffer.concat([Buffer.from(`${ok}\r\n`), tone])));
    expect(await lenientLoader().load(server.url)).toMatchObject({ frames: 1600 });
  });
});
