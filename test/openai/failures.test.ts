import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { Agent } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TranscriptPartialError } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { AudioClient, UpstreamEngine } from '../../dist/openai/index.js';
import { slowness } from '../safe/outcome.js';
import { wholeTranscript, writeRecording } from './scripted.js';
import { audioServer, type Behaviour, json, openai } from './server.js';

/** Parts that fail, servers that stall or die, callers that leave: what was heard is not lost, and nothing goes on. */

let folder: string;
let talk: string;
const seconds = 400;
const whole = wholeTranscript(3, seconds);
const model = 'whisper-1';
const limits = { seconds: 21 };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-failures-'));
  talk = join(folder, 'talk.wav');
  writeRecording(talk, 3, seconds);
});
afterAll(() => rmSync(folder, { recursive: true }));

const client = (url: string): AudioClient =>
  new AudioClient(new OpenAI({ baseURL: url, apiKey: 'key-of-the-user', maxRetries: 0 }), { limits });

const failing =
  (index: number): Behaviour =>
  (upload, response, i) =>
    i === index ? json(response, { error: { message: 'no', code: 'server_error' } }, 500) : openai(upload, response, i);

test('one part of twenty fails for good: its range and what the others said are in the error', async () => {
  await using server = await audioServer(failing(7));
  const error: TranscriptPartialError = await client(server.url)
    .transcribe(talk, { model, response_format: 'verbose_json' })
    .then(
      () => expect.unreachable(),
      (error) => error,
    );
  expect(error).toBeInstanceOf(TranscriptPartialError);
  expect(error).toMatchObject({ code: 'ERR_TRANSCRIPT_PARTIAL', fault: 'server', retryable: true });
  expect(server.uploads.length).toBeGreaterThanOrEqual(20);
  const [range, ...more] = error.failures;
  expect(more).toEqual([]);
  const { start = 0, end = 0 } = range ?? {};
  expect(range?.error).toMatchObject({ code: 'ERR_SERVICE_FAILED', status: 500 });
  // All that is outside of the range is there.
  const outside = whole.words.filter((each) => each.end / 16_000 <= start || each.start / 16_000 >= (end ?? seconds));
  expect(outside.length).toBeLessThan(whole.words.length);
  const said = error.transcript.text.replaceAll('.', '').split(' ');
  expect(said).toEqual(outside.map(({ word }) => word));
  expect(error.transcript.segments?.every((each) => each.end <= start || each.start >= (end ?? seconds))).toBe(true);
});

test("'abort': the others are ended", async () => {
  await using server = await audioServer(failing(3));
  const error = await client(server.url)
    .transcribe(talk, { model }, { onPartError: 'abort' })
    .catch((error) => error);
  expect(error).toBeInstanceOf(TranscriptPartialError);
  expect(server.uploads.length).toBeLessThan(10);
});

test('the SDK tries again: nothing is there twice', async () => {
  const seen = new Map<number, number>();
  await using server = await audioServer((upload, response, i) => {
    const times = (seen.get(upload.bytes.length) ?? 0) + 1;
    seen.set(upload.bytes.length, times);
    return times === 1 ? json(response, {}, 503, { 'retry-after-ms': '1' }) : openai(upload, response, i);
  });
  const retrying = new AudioClient(new OpenAI({ baseURL: server.url, apiKey: 'key-of-the-user', maxRetries: 2 }), {
    limits,
  });
  expect(await retrying.transcribe(talk, { model })).toMatchObject({ text: whole.text });
  const upstream = new AudioClient(new UpstreamEngine({ addresses: server.url, limits }));
  seen.clear();
  expect(await upstream.transcribe(talk, { model })).toMatchObject({ text: whole.text });
});

test('of two servers one is dead: the other one does all', async () => {
  await using server = await audioServer();
  await using engine = new UpstreamEngine({ addresses: ['http://127.0.0.1:9', server.url], limits });
  expect(await new AudioClient(engine).transcribe(talk, { model })).toMatchObject({ text: whole.text });
});

for (const stage of ['request', 'stream'] as const) {
  test(`abort ends the ${stage} at once, and all connections`, async () => {
    await using server = await audioServer((upload, response, i) => {
      if (i === 0) return openai(upload, response, i);
      if (stage === 'stream')
        response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write('data: {"type":"transcript.text.delta","delta":"a"}\n\n');
    });
    const stop = new AbortController();
    const ask = async (): Promise<void> => {
      const options = { signal: stop.signal };
      if (stage === 'request') await client(server.url).transcribe(talk, { model }, options);
      else for await (const _ of client(server.url).transcribeStream(talk, { model }, options));
    };
    const asked = expect(ask()).rejects.toMatchObject({ name: 'AbortError' });
    while (server.uploads.length < 5) await sleep(5);
    const start = performance.now();
    stop.abort();
    await asked;
    expect(performance.now() - start).toBeLessThan(50 * slowness);
    while (server.left < 4) await sleep(5);
    const uploads = server.uploads.length;
    await sleep(100);
    expect(server.uploads.length).toBe(uploads);
  });
}

test('leaving a stream ends its requests', async () => {
  await using server = await audioServer((upload, response, i) => (i === 0 ? openai(upload, response, i) : undefined));
  for await (const _ of client(server.url).transcribeStream(talk, { model })) break;
  const left = server.uploads.length - 1;
  while (server.left < left) await sleep(5);
});

test('a server that closes in the middle, or cannot be reached', async () => {
  await using server = await audioServer((_, response) => void response.socket?.destroy());
  const expected = { code: 'ERR_SERVICE_FAILED', retryable: true, status: null };
  await expect(client(server.url).transcribe(talk, { model })).rejects.toMatchObject(expected);
  await using engine = new UpstreamEngine({ addresses: server.url, retries: 0 });
  await expect(new AudioClient(engine).transcribe(talk, { model })).rejects.toMatchObject(expected);
  await expect(client('http://127.0.0.1:9/v1').transcribe(talk, { model })).rejects.toMatchObject(expected);
});

test('a server that stalls: fetch gives up by itself, and the error says what to do', async () => {
  await using server = await audioServer(() => {});
  // As Node's own limit of 300 s, which the timeout of the SDK does not change.
  const dispatcher = new Agent({ headersTimeout: 300 });
  const openai = new OpenAI({
    baseURL: server.url,
    apiKey: 'key-of-the-user',
    maxRetries: 0,
    fetchOptions: { dispatcher } as object,
  });
  await expect(new AudioClient(openai).transcribe(talk, { model })).rejects.toMatchObject({
    code: 'ERR_SERVICE_FAILED',
    retryable: true,
    message: expect.stringContaining('gave no answer in time'),
    remedy: expect.stringContaining('headersTimeout'),
  });
  await dispatcher.destroy();
  // The timeout of the SDK, if it is shorter.
  const impatient = new OpenAI({ baseURL: server.url, apiKey: 'key-of-the-user', maxRetries: 0, timeout: 100 });
  await expect(new AudioClient(impatient).transcribe(talk, { model })).rejects.toMatchObject({
    code: 'ERR_SERVICE_FAILED',
    retryable: true,
  });
});

test('audio that breaks off: what was heard before is in the error', async () => {
  await using server = await audioServer();
  await using loaderless = new UpstreamEngine({ addresses: server.url, limits });
  await using loader = new AudioLoader({ allowedRoot: folder, maxSeconds: 100 });
  const error = await new AudioClient(loaderless, { loader }).transcribe(talk, { model }).catch((error) => error);
  expect(error).toMatchObject({ code: 'ERR_TRANSCRIPT_PARTIAL', fault: 'client', retryable: false });
  expect(error.failures).toMatchObject([{ end: null, error: { code: 'ERR_AUDIO_LIMIT', limit: 'seconds' } }]);
  expect(whole.text.startsWith(error.transcript.text.slice(0, -1))).toBe(true);
});
