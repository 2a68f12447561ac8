import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioTower } from '../../dist/tower/index.js';
import { InlineSender } from '../../dist/transfer/index.js';
import { EncodeWorker } from '../../dist/worker/index.js';
import { slowness } from '../safe/outcome.js';
import { towerFolder } from '../tower/reference.js';
import { form, post, type Service, service, speech } from './service.js';

/*
 * Ten thousand requests that nobody should send: each is answered with 4xx, in our form, and the service goes on.
 */

let app: Service;
let tower: AudioTower;

beforeAll(async () => {
  tower = await AudioTower.load(towerFolder('whisper'), { provider: 'cpu' });
  app = await service({
    server: { logger: false } as never,
    worker: (loader) => new EncodeWorker({ loader, tower, transfer: new InlineSender() }),
    limits: { bodyBytes: 200_000 },
  });
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await tower.close();
});

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Chance {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = numbers(seed);
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  one<Value>(list: readonly Value[]): Value {
    return list[this.below(list.length)] as Value;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}

const routes = ['/v1/audio/decode', '/v1/audio/features', '/v1/audio/embeddings', '/v1/embeddings'] as const;

interface Request {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload: Buffer;
}

const strange = [
  null,
  true,
  -1,
  1e308,
  '',
  'x'.repeat(5000),
  '\u0000',
  [],
  {},
  [[[]]],
  { url: 5 },
  { data: 5 },
  '__proto__',
  'data:audio/wav;base64,%%%',
  'file:///etc/passwd',
];
const names = [
  'audio_url',
  'input_audio',
  'items',
  'messages',
  'multimodal_input',
  'input',
  'modality',
  'model',
  'start',
];
const more = [
  'end',
  'channels',
  'sample_rate',
  'response_format',
  'encoding_format',
  'embed_dtype',
  'transfer',
  'mels',
  'x',
];

/** Objects of known and unknown fields with values that do not belong there. */
function wrongJson(chance: Chance): Request {
  const fields = Array.from({ length: chance.below(5) }, () => [chance.one([...names, ...more]), chance.one(strange)]);
  return json(chance, JSON.stringify(chance.next() < 0.1 ? chance.one(strange) : Object.fromEntries(fields)));
}

/** JSON that is none. */
function brokenJson(chance: Chance): Request {
  const whole = JSON.stringify({ audio_url: 'https://example.com/a.mp3', items: [{ audio_url: 'x' }], start: 1 });
  const at = chance.below(whole.length);
  const text = chance.one([
    whole.slice(0, at),
    `${whole.slice(0, at)}${String.fromCharCode(chance.below(65_536))}${whole.slice(at)},`,
    `${'['.repeat(1 + chance.below(10_000))}`,
    `{"__proto__": {"x": 1}, "audio_url": "x"}`,
    `{"constructor": {"prototype": {"x": 1}}}`,
    `${whole}${whole}`,
    '',
  ]);
  return json(chance, text);
}

function json(chance: Chance, text: string): Request {
  return { url: chance.one(routes), headers: { 'content-type': 'application/json' }, payload: Buffer.from(text) };
}

/** Forms with a part that is wrong, cut, doubled or missing. */
function wrongForm(chance: Chance): Request {
  const url = chance.one(routes);
  const boundary = 'xYzZy';
  const part = (head: string, body: Buffer | string) => [`--${boundary}\r\n${head}\r\n\r\n`, body, '\r\n'];
  const file = part('content-disposition: form-data; name="file"; filename="a.mp3"', speech.subarray(0, 2000));
  const end = `--${boundary}--\r\n`;
  const field = (name: string, value: string) => part(`content-disposition: form-data; name="${name}"`, value);
  const parts = chance.one([
    [end],
    [...field('model', 'x'), end],
    [...file, ...field('nonsense', 'x'), end],
    [...file, ...field('start', 'soon'), end],
    [...file, ...field('start', '1'), ...field('start', '1'), end],
    [...file, ...field('model', 'x'.repeat(100_000)), end],
    [...file, ...Array.from({ length: 80 }, (_, i) => field(`f${i}`, 'x')).flat(), end],
    [...part('content-disposition: form-data; name="audio"; filename="a.mp3"', speech.subarray(0, 500)), end],
    [...part('content-disposition: form-data', 'x'), end],
    [...part(`x-${'y'.repeat(100_000)}: z`, 'x'), end],
    // Cut: the end is missing, or a piece of the last part.
    [...file],
    [...file, ...field('start', '1')].slice(0, -1),
    [file[0], file[1]],
    [chance.bytes(chance.below(3000))],
    [],
  ]);
  const payload = Buffer.concat(parts.map((each) => Buffer.from(each as string)));
  const type = chance.next() < 0.1 ? 'multipart/form-data' : `multipart/form-data; boundary=${boundary}`;
  return { url, headers: { 'content-type': type }, payload };
}

/** Bytes that are no audio, of whatever type. */
function wrongBytes(chance: Chance): Request {
  const type = chance.one([
    'audio/wav',
    'audio/x; y="',
    'application/octet-stream',
    'video/mp4',
    'text/html',
    'x',
    '/',
    'a/b/c',
  ]);
  // None of the magic numbers that a decoder knows begins with these.
  const payload =
    chance.next() < 0.2 ? Buffer.alloc(0) : Buffer.concat([Buffer.from('nothing'), chance.bytes(chance.below(500))]);
  return { url: chance.one(routes), headers: { 'content-type': type }, payload };
}

/** Parameters of the query. */
function wrongQuery(chance: Chance): Request {
  const query = chance.one([
    'channels=9',
    'sample_rate=1e9',
    'sample_rate=-0',
    'sample_rate=16000&sample_rate=16000',
    'response_format=mp3',
    'nonsense=1',
    'start=NaN',
    'end=Infinity',
    'start[a]=1',
    '__proto__=1',
    '%',
    `${'x'.repeat(3000)}=1`,
  ]);
  const url = `${chance.one(routes)}?${query}`;
  return { url, headers: { 'content-type': 'audio/mpeg' }, payload: speech.subarray(0, 400) };
}

/** Bodies above the limit, and lengths that lie. */
function wrongSize(chance: Chance): Request {
  const payload = Buffer.alloc(200_001 + chance.below(1000));
  const headers = { 'content-type': chance.one(['application/json', 'audio/wav', 'multipart/form-data; boundary=x']) };
  return { url: chance.one(routes), headers, payload };
}

const kinds = { wrongJson, brokenJson, wrongForm, wrongBytes, wrongQuery };

test.each(Object.entries(kinds))('2000 of %s: 4xx each', async (_, make) => {
  const chance = new Chance(1);
  const outcomes = new Set<string>();
  for (let i = 0; i < 2000; i++) {
    const { url, headers, payload } = make(chance);
    const response = await app.app.inject({ method: 'POST', url, headers, payload });
    const what = `${url.slice(0, 200)} ${JSON.stringify(headers)} ${payload.toString('latin1').slice(0, 300)}`;
    expect([Math.floor(response.statusCode / 100), what], response.body).toEqual([4, what]);
    const { code } = (response.json() as { error: { code: string } }).error;
    expect(code, what).toMatch(/^ERR_(AUDIO|REQUEST|FETCH)_/);
    outcomes.add(`${response.statusCode} ${code}`);
  }
  // Most kinds are wrong in more than one way.
  expect(outcomes.size).toBeGreaterThanOrEqual(make === brokenJson ? 1 : 2);
});

test.each([
  ['lists', '[],'],
  ['objects', '{},'],
  ['nesting', '['],
  ['names', '"a":1,'],
  ['blanks', '      '],
  ['quotes', '"\\"\\"",'],
])('JSON of %s: refused before it is parsed, which would stop all others', async (_, piece) => {
  const { checkJson } = await import('../../dist/serve/http/json.js');
  const bytes = Buffer.from(`{"items":[${piece.repeat(10_000_000 / piece.length)}]}`);
  const start = performance.now();
  expect(() => checkJson(bytes)).toThrow('bytes outside of its strings');
  expect(performance.now() - start).toBeLessThan(2000 * slowness);
});

test('JSON up to the limit outside of its strings is parsed, whatever is in its strings', async () => {
  const text = ['x'.repeat(70_000), '[{,'.repeat(20_000), '\\\\"\\u0000€'].join('');
  const body = (blanks: number) => Buffer.from(`${JSON.stringify({ audio_url: text })}${' '.repeat(blanks)}`);
  const messageFor = async (blanks: number) => {
    const headers = { 'content-type': 'application/json' };
    const payload = body(blanks);
    const response = await roomy.app.inject({ method: 'POST', url: '/v1/audio/decode', headers, payload });
    return (response.json() as { error: { message: string } }).error.message;
  };
  await using roomy = await service();
  expect(await messageFor(256 * 1024 - 20)).toBe('files are not read here');
  expect(await messageFor(256 * 1024)).toMatch('bytes outside of its strings');
});

test('50 bodies above the limit: 413 each', async () => {
  const chance = new Chance(2);
  for (let i = 0; i < 50; i++) {
    const { url, headers, payload } = wrongSize(chance);
    const response = await fetch(`${app.url}${url}`, { method: 'POST', headers, body: new Uint8Array(payload) });
    expect(response.status).toBe(413);
  }
});

test('200 bodies that are cut by the client: the service forgets them', async () => {
  const chance = new Chance(3);
  const { port } = new URL(app.url);
  for (let i = 0; i < 200; i++) {
    const socket = connect(Number(port), '127.0.0.1');
    const type = chance.one(['application/json', 'audio/mpeg', 'multipart/form-data; boundary=x']);
    const length = chance.next() < 0.5 ? 'transfer-encoding: chunked' : 'content-length: 5000';
    socket.write(`POST ${chance.one(routes)} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\n${length}\r\n\r\n`);
    socket.write(length.startsWith('t') ? `100\r\n${'y'.repeat(chance.below(256))}` : chance.bytes(chance.below(4000)));
    await once(socket, 'ready');
    await sleep(chance.below(3));
    socket.destroy();
    await once(socket, 'close');
  }
});

test('after all that, a request is answered, nobody runs or waits, and no body is held', async () => {
  expect((await post(`${app.url}/v1/audio/decode`, form())).status).toBe(200);
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  expect(metrics).toContain('cochlea_requests_running 0');
  expect(metrics).toContain('cochlea_requests_waiting 0');
  expect(metrics).toContain('cochlea_bodies_bytes 0');
});
