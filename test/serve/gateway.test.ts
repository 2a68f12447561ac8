import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { AudioClient, parseSrt, parseVtt, UpstreamEngine } from '../../dist/openai/index.js';
import { ScriptedEngine, wholeTranscript, writeRecording } from '../openai/scripted.js';
import { audioServer, events, openai } from '../openai/server.js';
import { errorOf, form, post, service, speech } from './service.js';

/** OpenAI's audio routes in front of an engine or of servers, asked by the official SDK. */

let folder: string;
let talk: Buffer;
const seconds = 70;
const whole = wholeTranscript(4, seconds);
const model = 'scripted';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-gateway-'));
  writeRecording(join(folder, 'talk.wav'), 4, seconds);
  talk = readFileSync(join(folder, 'talk.wav'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const sdk = (url: string, apiKey = 'none-needed') => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const file = () => new File([talk], 'recording.bin');

test('every format, by the SDK', async () => {
  await using app = await service({ engine: new ScriptedEngine(25) });
  const { audio, models } = sdk(app.url);
  const ask = (fields: object) =>
    audio.transcriptions.create({ file: file(), model, ...fields } as never) as Promise<unknown>;
  expect(await ask({})).toMatchObject({ text: whole.text });
  expect(await ask({ response_format: 'text' })).toBe(`${whole.text}\n`);
  const verbose = (await ask({
    response_format: 'verbose_json',
    timestamp_granularities: ['word', 'segment'],
    language: 'en',
    prompt: 'p',
    temperature: 0.5,
  })) as Record<string, unknown[]>;
  expect(verbose).toMatchObject({ task: 'transcribe', language: 'english', duration: seconds, text: whole.text });
  expect([verbose.words?.length, verbose.segments?.length]).toEqual([whole.words.length, whole.segments]);
  // The SDK's types, and those who check by them, want all fields.
  expect(Object.keys(verbose.segments?.[0] as object)).toEqual(
    expect.arrayContaining([
      'id',
      'seek',
      'tokens',
      'temperature',
      'avg_logprob',
      'compression_ratio',
      'no_speech_prob',
    ]),
  );
  const srt = parseSrt((await ask({ response_format: 'srt' })) as string);
  const vtt = parseVtt((await ask({ response_format: 'vtt' })) as string);
  expect(srt.length).toBe(whole.segments);
  expect(vtt.map(({ text }) => text)).toEqual(srt.map(({ text }) => text));
  expect(await audio.translations.create({ file: file(), model })).toMatchObject({ text: whole.text });
  const list = [];
  for await (const each of models.list()) list.push(each);
  expect(list).toEqual([{ id: 'scripted', object: 'model', created: 0, owned_by: 'cochlea' }]);
});

test('a stream, by the SDK, whatever the upstream does with `stream`', async () => {
  await using server = await audioServer(openai);
  await using engine = new UpstreamEngine({ addresses: server.url, limits: { seconds: 30 } });
  for (const made of [engine, new ScriptedEngine(25)]) {
    await using app = await service({ engine: made });
    let text = '';
    let done = '';
    for await (const event of await sdk(app.url).audio.transcriptions.create({
      file: file(),
      model: 'whisper-1',
      stream: true,
    })) {
      if (event.type === 'transcript.text.delta') text += event.delta;
      if (event.type === 'transcript.text.done') done = event.text;
    }
    expect([text, done]).toEqual([whole.text, whole.text]);
  }
});

test('our own client asks our own gateway', async () => {
  await using app = await service({ engine: new ScriptedEngine(25) });
  const client = new AudioClient(sdk(app.url), { limits: { seconds: 40 } });
  const { segments } = await client.transcribe(join(folder, 'talk.wav'), { model, response_format: 'verbose_json' });
  expect(segments?.length).toBe(whole.segments);
});

test('any audio, as a form, as the body, or by its address', async () => {
  await using app = await service({ engine: new ScriptedEngine(25) });
  const url = `${app.url}/v1/audio/transcriptions`;
  const texts = [
    await post(url, form({ model }, [talk])),
    await post(`${url}?model=${model}`, talk, { 'content-type': 'audio/wav' }),
    await post(url, { model, input_audio: { data: talk.toString('base64'), format: 'wav' } }),
  ];
  for (const response of texts) expect(await response.json()).toEqual({ text: whole.text });
});

test('mistakes: in the form of OpenAI, with our code and what to do', async () => {
  await using app = await service({
    engine: new ScriptedEngine(25),
    apiKeys: ['key-of-the-test'],
    limits: { bodyBytes: 10_000_000 },
  });
  const url = `${app.url}/v1/audio/transcriptions`;
  const key = { authorization: 'Bearer key-of-the-test' };
  const ask = async (fields: Record<string, string>, files?: readonly Uint8Array[], headers = key) => {
    const response = await post(url, form({ model, ...fields }, files), headers);
    return { status: response.status, ...(await errorOf(response)) };
  };
  const wrong = { status: 400, type: 'invalid_request_error', param: null, code: 'ERR_REQUEST_INVALID' };
  expect(await ask({ response_format: 'xml' })).toMatchObject(wrong);
  expect(await ask({ temperature: 'hot' })).toMatchObject({
    ...wrong,
    message: expect.stringContaining('temperature must be a number'),
  });
  expect(await ask({ best_of: '5' })).toMatchObject({
    ...wrong,
    message: expect.stringContaining('best_of is not a parameter'),
  });
  expect(await ask({ stream: 'true', response_format: 'srt' })).toMatchObject({
    ...wrong,
    message: expect.stringContaining('stream goes with json'),
  });
  expect(await ask({ response_format: 'diarized_json' }, [talk])).toMatchObject({
    ...wrong,
    message: expect.stringContaining('gives no speakers'),
  });
  expect(await ask({}, [])).toMatchObject({ ...wrong, message: expect.stringContaining('one file') });
  expect(await ask({}, [Buffer.from('This is no audio at all, is it?')])).toMatchObject({
    status: 415,
    code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER',
  });
  expect(await ask({ stream: 'true' }, [Buffer.from('This is no audio at all, is it?')])).toMatchObject({
    status: 415,
  });
  expect(await ask({}, [new Uint8Array(11_000_000)])).toMatchObject({ status: 413, code: 'ERR_AUDIO_LIMIT' });
  expect(await ask({}, [speech], { authorization: 'Bearer another-key' })).toMatchObject({
    status: 401,
    type: 'authentication_error',
    code: 'ERR_UNAUTHORIZED',
  });
  const speaking = await post(`${app.url}/v1/audio/speech`, { model, input: 'a', voice: 'b' }, key);
  expect([speaking.status, await errorOf(speaking)]).toMatchObject([
    400,
    { message: expect.stringContaining('does not speak') },
  ]);
});

test('what an upstream says is translated', async () => {
  await using server = await audioServer(
    (_, response) =>
      void response
        .writeHead(422, { 'content-type': 'application/json' })
        .end('{"detail":[{"loc":["body","model"],"msg":"unknown"}]}'),
  );
  await using engine = new UpstreamEngine({ addresses: server.url });
  await using app = await service({ engine });
  const asked = sdk(app.url).audio.transcriptions.create({ file: file(), model });
  await expect(asked).rejects.toMatchObject({
    status: 400,
    code: 'ERR_SERVICE_FAILED',
    type: 'invalid_request_error',
    message: expect.stringContaining('model: unknown'),
  });
});

test('an upstream that is away is a 502, and is not blamed on the client', async () => {
  await using engine = new UpstreamEngine({ addresses: 'http://127.0.0.1:9', retries: 0 });
  await using app = await service({ engine });
  const response = await post(`${app.url}/v1/audio/transcriptions`, form({ model }));
  expect([response.status, await errorOf(response)]).toMatchObject([
    502,
    { type: 'server_error', code: 'ERR_SERVICE_FAILED' },
  ]);
  expect((await fetch(`${app.url}/v1/models`)).status).toBe(502);
});

test('an upstream that dies in the middle of a stream: the SDK throws, behind what came', async () => {
  await using server = await audioServer((_, response) => {
    events(response, [{ type: 'transcript.text.delta', delta: 'Hello' }]);
    setTimeout(() => response.destroy(), 50);
  });
  await using engine = new UpstreamEngine({ addresses: server.url });
  await using app = await service({ engine });
  const seen: string[] = [];
  const reading = async () => {
    const stream = await sdk(app.url).audio.transcriptions.create({ file: file(), model, stream: true });
    for await (const event of stream) seen.push(event.type);
  };
  await expect(reading()).rejects.toMatchObject({ code: 'ERR_SERVICE_FAILED' });
  expect(seen).toEqual(['transcript.text.delta']);
});

test('a client that leaves ends the request to the upstream', async () => {
  await using server = await audioServer(() => {});
  await using engine = new UpstreamEngine({ addresses: server.url });
  await using app = await service({ engine });
  const stop = new AbortController();
  const asked = sdk(app.url).audio.transcriptions.create({ file: file(), model }, { signal: stop.signal });
  asked.catch(() => {});
  while (server.uploads.length === 0) await sleep(5);
  stop.abort();
  while (server.left === 0) await sleep(5);
});

test('keys of clients do not go to the upstream, and its own key is in no answer and no log', async () => {
  await using server = await audioServer((upload, response, i) =>
    upload.route === '/v1/models'
      ? openai(upload, response, i)
      : void response.writeHead(401).end(`{"error":{"message":"wrong key: ${upload.authorization}"}}`),
  );
  await using engine = new UpstreamEngine({ addresses: server.url, apiKey: 'upstream-secret' });
  await using app = await service({ engine, apiKeys: ['client-secret-1'] });
  const error = await sdk(app.url, 'client-secret-1')
    .audio.transcriptions.create({ file: file(), model })
    .catch((error) => error);
  expect(server.uploads.map(({ authorization }) => authorization)).toContain('Bearer upstream-secret');
  expect(error.status).toBe(502);
  const all = `${error.message}${JSON.stringify(app.log)}`;
  expect(all).not.toContain('upstream-secret');
  expect(all).not.toContain('client-secret-1');
});

test('a long recording has the time for each part, not for all', async () => {
  const engine = new ScriptedEngine(25);
  const transcribe = engine.transcribe.bind(engine);
  engine.transcribe = async (audio, request) => {
    await sleep(400);
    return transcribe(audio, request);
  };
  await using app = await service({ engine, limits: { timeout: 1000 } });
  const started = performance.now();
  expect(await sdk(app.url).audio.transcriptions.create({ file: file(), model })).toMatchObject({ text: whole.text });
  expect(performance.now() - started).toBeGreaterThan(800);
  engine.transcribe = async (_, { signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  await expect(sdk(app.url).audio.transcriptions.create({ file: file(), model })).rejects.toMatchObject({
    status: 504,
  });
});

test('speech: in the format that was asked for, whatever the upstream gives', async () => {
  const wav = readFileSync(new URL('../fixtures/speech/speech.wav', import.meta.url));
  await using server = await audioServer(
    (_, response) => void response.writeHead(200, { 'content-type': 'audio/wav' }).end(wav),
  );
  await using engine = new UpstreamEngine({ addresses: server.url });
  await using app = await service({ engine });
  const original = await decode(wav);
  for (const response_format of ['wav', 'flac'] as const) {
    const response = await sdk(app.url).audio.speech.create({
      model: 'tts-1',
      voice: 'alloy',
      input: 'Hello.',
      response_format,
    });
    expect(response.headers.get('content-type')).toBe(`audio/${response_format}`);
    const audio = await decode(new Uint8Array(await response.arrayBuffer()));
    expect([audio.source.container, audio.frames]).toEqual([response_format, original.frames]);
  }
  const pcm = await sdk(app.url).audio.speech.create({
    model: 'tts-1',
    voice: 'alloy',
    input: 'Hello.',
    response_format: 'pcm',
  });
  const { byteLength } = await pcm.arrayBuffer();
  expect(byteLength / 2).toBeCloseTo(original.duration * 24_000, -1);
  const sse = await post(`${app.url}/v1/audio/speech`, {
    model: 'tts-1',
    voice: 'alloy',
    input: 'Hello.',
    response_format: 'wav',
    stream_format: 'sse',
  });
  const lines = (await sse.text())
    .split('\n\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line.slice('data: '.length)));
  expect(lines.at(-1)).toEqual({ type: 'speech.audio.done' });
  const bytes = Buffer.concat(lines.slice(0, -1).map(({ audio }) => Buffer.from(audio, 'base64')));
  expect((await decode(bytes)).frames).toBe(original.frames);
});
