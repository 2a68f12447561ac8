import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioClient, UpstreamEngine } from '../../dist/openai/index.js';
import { wholeTranscript, writeRecording } from './scripted.js';
import { audioServer, type Behaviour, events, json, transcriptOf } from './server.js';

/** What servers make of OpenAI's API: their answers, their streams, and what they say when something is wrong. */

let folder: string;
let talk: string;
const seconds = 50;
const whole = wholeTranscript(2, seconds);
const model = 'whisper-1';
const limits = { seconds: 20 };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-dialects-'));
  talk = join(folder, 'talk.wav');
  writeRecording(talk, 2, seconds);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** By the official SDK, and by our own HTTP: both must take the same. */
const clients = {
  sdk: (url: string) =>
    new AudioClient(new OpenAI({ baseURL: url, apiKey: 'key-of-the-user', maxRetries: 0 }), { limits }),
  upstream: (url: string) =>
    new AudioClient(new UpstreamEngine({ addresses: url, apiKey: 'key-of-the-user', retries: 0, limits })),
};
const both = Object.entries(clients);

async function streamed(client: AudioClient): Promise<{ text: string; done: string; deltas: number }> {
  let text = '';
  let done = '';
  let deltas = 0;
  for await (const event of client.transcribeStream(talk, { model })) {
    if (event.type === 'transcript.text.delta') {
      text += event.delta;
      deltas++;
    } else if (event.type === 'transcript.text.done') done = event.text;
  }
  return { text, done, deltas };
}

const pieces = (text: string): string[] => text.match(/.{1,7}/gs) ?? [];

const streams: Record<string, Behaviour> = {
  'events, as OpenAI': async (upload, response) => {
    const { text } = await transcriptOf(upload);
    const deltas = pieces(text).map((delta) => ({ type: 'transcript.text.delta', delta }));
    events(response, [...deltas, { type: 'transcript.text.done', text, usage: { type: 'duration', seconds: 1 } }]);
    response.end();
  },
  'chunks of chat, as vLLM, with counts and [DONE]': async (upload, response) => {
    const { text } = await transcriptOf(upload);
    const chunk = (content: string, finish_reason: string | null) => ({
      object: 'transcription.chunk',
      choices: [{ delta: { content }, finish_reason }],
    });
    const counts = {
      object: 'transcription.chunk',
      choices: [],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    };
    events(response, [...pieces(` ${text}`).map((each) => chunk(each, null)), chunk('', 'stop'), counts, '[DONE]']);
    response.end();
  },
  'JSON, although a stream was asked for': async (upload, response) =>
    json(response, { text: (await transcriptOf(upload)).text }),
  'text, although a stream was asked for': async (upload, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end((await transcriptOf(upload)).text);
  },
  'a string of JSON': async (upload, response) => json(response, (await transcriptOf(upload)).text),
};
for (const [way, client] of both) {
  for (const [name, behaviour] of Object.entries(streams)) {
    test(`${way}: a stream of ${name} becomes events, and no word is lost`, async () => {
      await using server = await audioServer(behaviour);
      const { text, done, deltas } = await streamed(client(server.url));
      expect([text, done]).toEqual([whole.text, whole.text]);
      expect(deltas).toBeGreaterThan(1);
      expect(server.uploads.every(({ fields }) => fields.stream === 'true')).toBe(true);
    });
  }

  test(`${way}: a stream that ends too early is an error, behind what came`, async () => {
    await using server = await audioServer(async (upload, response) => {
      const [first = ''] = (await transcriptOf(upload)).text.split(' ');
      events(response, [{ type: 'transcript.text.delta', delta: first }]);
      response.end();
    });
    const seen: string[] = [];
    const reading = async () => {
      for await (const event of client(server.url).transcribeStream(talk, { model })) seen.push(event.type);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'ERR_SERVICE_FAILED', retryable: true });
    expect(seen).toContain('transcript.text.delta');
    expect(seen).not.toContain('transcript.text.done');
  });

  test(`${way}: an error inside of a stream`, async () => {
    await using server = await audioServer((_, response) => {
      events(response, [{ error: { message: 'CUDA out of memory', type: 'server_error', code: 500 } }]);
      response.end();
    });
    await expect(streamed(client(server.url))).rejects.toThrow('CUDA out of memory');
  });
}

const failing: [string, number, string, string, object][] = [
  [
    'OpenAI',
    400,
    'application/json',
    '{"error":{"message":"Audio file is too short","type":"invalid_request_error","param":"file","code":"audio_too_short"}}',
    {
      code: 'ERR_SERVICE_FAILED',
      status: 400,
      fault: 'client',
      retryable: false,
      serviceCode: 'audio_too_short',
      said: 'Audio file is too short',
    },
  ],
  [
    'no key',
    401,
    'application/json',
    '{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}',
    { retryable: false, said: 'Incorrect API key provided' },
  ],
  [
    'busy',
    429,
    'application/json',
    '{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}',
    { code: 'ERR_BUSY', retryable: true, said: 'Slow down' },
  ],
  [
    'no money',
    429,
    'application/json',
    '{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}',
    { code: 'ERR_SERVICE_FAILED', retryable: false, said: 'You exceeded your quota' },
  ],
  [
    'FastAPI',
    422,
    'application/json',
    '{"detail":[{"loc":["body","model"],"msg":"Field required","type":"missing"}]}',
    { code: 'ERR_SERVICE_FAILED', fault: 'client', said: 'model: Field required' },
  ],
  [
    'FastAPI, text',
    404,
    'application/json',
    '{"detail":"Model not found"}',
    { code: 'ERR_SERVICE_FAILED', fault: 'client', said: 'Model not found' },
  ],
  [
    'text',
    500,
    'text/plain',
    'Internal Server Error',
    { code: 'ERR_SERVICE_FAILED', fault: 'server', retryable: true, said: 'Internal Server Error' },
  ],
  [
    'a page',
    502,
    'text/html',
    '<html><body>Bad Gateway</body></html>',
    { code: 'ERR_SERVICE_FAILED', retryable: true, said: '' },
  ],
];

for (const [name, status, type, body, { said, ...expected }] of failing as [
  string,
  number,
  string,
  string,
  { said: string },
][]) {
  for (const [way, client] of both) {
    test(`${way}: ${name}, ${status}: a typed error with what the server said`, async () => {
      await using server = await audioServer(
        (_, response) => void response.writeHead(status, { 'content-type': type }).end(body),
      );
      const error = await client(server.url)
        .transcribe(talk, { model })
        .then(
          () => undefined,
          (error) => error,
        );
      expect(error).toMatchObject(expected);
      expect(error.message).toContain(`answers ${status}`);
      // The SDK drops bodies of JSON without `error`: what they say is lost before we see it.
      if (!(way === 'sdk' && body.includes('detail'))) expect(error.message).toContain(said);
      expect(error.message).not.toContain('<');
      // What the first part met for good, the others are not tried with.
      if (!error.retryable) expect(server.uploads.length).toBe(1);
    });
  }
}

test('an answer that is a page is an error, not a text', async () => {
  await using server = await audioServer(
    (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Login</title>'),
  );
  for (const [, client] of both) {
    await expect(client(server.url).transcribe(talk, { model })).rejects.toMatchObject({
      code: 'ERR_SERVICE_FAILED',
      message: expect.stringContaining('answers a page'),
    });
  }
});

test('subtitles and words inside of segments are understood, too', async () => {
  await using srt = await audioServer(async (upload, response) => {
    const { segments = [] } = await transcriptOf(upload);
    const time = (at: number) => new Date(at * 1000).toISOString().slice(11, 23).replace('.', ',');
    const cues = segments.map(
      ({ start, end, text }, i) => `${i + 1}\n${time(start)} --> ${time(end)}\n${text.trim()}\n`,
    );
    response.writeHead(200, { 'content-type': 'text/plain' }).end(cues.join('\n'));
  });
  const { segments, text } = await clients.sdk(srt.url).transcribe(talk, { model, response_format: 'verbose_json' });
  expect([segments?.length, text]).toEqual([whole.segments, whole.text]);

  await using nested = await audioServer(async (upload, response) => {
    const { text, segments = [], words = [] } = await transcriptOf(upload);
    json(response, {
      text,
      language: 'en',
      segments: segments.map((each) => ({
        ...each,
        words: words.filter(({ start, end }) => start >= each.start && end <= each.end),
      })),
    });
  });
  const granularities = ['word'] as const;
  const verbose = await clients
    .sdk(nested.url)
    .transcribe(talk, { model, response_format: 'verbose_json', timestamp_granularities: granularities });
  expect(verbose.words?.map(({ word }) => word)).toEqual(whole.words.map(({ word }) => word));
  expect(verbose.segments).toBeUndefined();
});

test('a server without times: a clear error, and no invented subtitles', async () => {
  await using server = await audioServer(async (upload, response) =>
    json(response, { text: (await transcriptOf(upload)).text }),
  );
  await expect(clients.sdk(server.url).transcribe(talk, { model, response_format: 'srt' })).rejects.toMatchObject({
    code: 'ERR_REQUEST_INVALID',
    message: 'the model whisper-1 gives no times of segments',
  });
});

test('broken subtitles are the failure of the server', async () => {
  await using server = await audioServer(
    (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/vtt' }).end('WEBVTT\n\n00:05.000 --> 00:01.000\nHello\n'),
  );
  await expect(clients.sdk(server.url).transcribe(talk, { model, response_format: 'srt' })).rejects.toMatchObject({
    code: 'ERR_SERVICE_FAILED',
    message: expect.stringContaining('broken subtitles'),
  });
});
