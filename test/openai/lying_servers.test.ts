import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { AudioClient, type Transcript, UpstreamEngine } from '../../dist/openai/index.js';
import { slowness } from '../safe/outcome.js';
import { toneWav } from '../safe/sounds.js';
import { audioServer, type Behaviour } from './server.js';

/** Servers whose answers are cut, empty, compressed, out of order or no numbers: nothing of it becomes a text in silence. */

const seconds = 3;
const talk = toneWav(seconds);
const model = 'whisper-1';

const ways = {
  SDK: (url: string) => new AudioClient(new OpenAI({ baseURL: url, apiKey: 'key-of-the-user', maxRetries: 0 })),
  upstream: (url: string) => new AudioClient(new UpstreamEngine({ addresses: url, retries: 0 })),
};

/** Answers with these bytes and headers, whatever is asked. */
const saying =
  (body: string | Uint8Array, headers: Record<string, string> = { 'content-type': 'application/json' }): Behaviour =>
  (_, response) =>
    void response.writeHead(200, headers).end(body);

for (const [way, client] of Object.entries(ways)) {
  const asked = async (behaviour: Behaviour, response_format: 'json' | 'verbose_json' | 'srt' = 'json') => {
    await using server = await audioServer(behaviour);
    return await client(server.url)
      .transcribe(talk, { model, response_format })
      .catch((error) => error);
  };

  for (const [what, body, type] of [
    ['nothing', '', 'application/json'],
    ['nothing, without a type', '', ''],
    ['JSON that is cut', '{"text": "one two', 'application/json'],
    ['JSON that is cut, without a type', '{"text": "one two', ''],
    ['null', 'null', 'application/json'],
    ['a list', '[1]', 'application/json'],
    ['subtitles that are none', '1\n00:00:01,000 --> 99\na\n', 'text/plain'],
  ] as const) {
    test(`${way}: ${what} is an error, not a text`, async () => {
      const error = await asked(saying(body, type === '' ? {} : { 'content-type': type }));
      expect(error).toMatchObject({ code: 'ERR_SERVICE_FAILED', fault: 'server' });
    });
  }

  test(`${way}: silence is no error, of JSON or of text`, async () => {
    expect(await asked(saying('{"text": ""}'))).toEqual({ text: '' });
    expect(await asked(saying('', { 'content-type': 'text/plain' }))).toEqual({ text: '' });
  });

  test(`${way}: an error with the status 200 is told`, async () => {
    const error = await asked(saying('{"error": {"message": "the model sleeps"}}'));
    expect(error).toMatchObject({ code: 'ERR_SERVICE_FAILED' });
    expect(error.message).toContain('the model sleeps');
  });

  test(`${way}: an answer that is compressed, although nobody asked for it`, async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const answer = await asked(saying(gzipSync('{"text": "one"}'), headers));
    // fetch reads it, and Node's own client does not: then it is no text, at least.
    if (way === 'SDK') expect(answer).toEqual({ text: 'one' });
    else expect(answer).toMatchObject({ code: 'ERR_SERVICE_FAILED', message: expect.stringContaining('compressed') });
  });

  test(`${way}: NaN, as Python writes it, is no number, and no text`, async () => {
    const text = '{"text":"a NaN","segments":[{"start":NaN,"end":2,"text":"a NaN","avg_logprob":-Infinity}]}';
    const result = (await asked(saying(text), 'verbose_json')) as Transcript;
    expect(result.text).toBe('a NaN');
    expect(result.segments?.map(({ id, start, end, text }) => ({ id, start, end, text }))).toEqual([
      { id: 0, start: 0, end: 2, text: 'a NaN' },
    ]);
  });

  test(`${way}: times that are null, negative, beyond the end or out of order`, async () => {
    const segments = [
      { start: 2, end: 2.5, text: 'c' },
      { start: -1, end: 0.5, text: 'a' },
      { start: 0.5, end: 1e9, text: 'b' },
      { start: 2.5, end: null, text: 'd' },
      { start: null, end: null, text: 'e' },
      { start: '2.75', end: '3', text: 'f' },
    ];
    const result = (await asked(saying(JSON.stringify({ text: 'abcdef', segments })), 'verbose_json')) as Transcript;
    expect(result.segments?.map(({ id, start, end, text }) => ({ id, start, end, text }))).toEqual([
      { id: 0, start: 0, end: 0.5, text: 'a' },
      { id: 1, start: 0.5, end: 3, text: 'b' },
      { id: 2, start: 2, end: 2.5, text: 'c' },
      { id: 3, start: 2.5, end: 2.5, text: 'd' },
      { id: 4, start: 2.5, end: 2.5, text: 'e' },
      { id: 5, start: 2.75, end: 3, text: 'f' },
    ]);
  });

  test(`${way}: what is nested deeply is no burden`, { timeout: 10_000 * slowness }, async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const usage = `{"type":"tokens","total_tokens":3,"more":${deep}}`;
    expect(await asked(saying(`{"text":"a","usage":${usage}}`))).toMatchObject({ text: 'a' });
    const details = `${'{"detail":'.repeat(6_000)}"no"${'}'.repeat(6_000)}`;
    const failing: Behaviour = (_, response) => void response.writeHead(400).end(details);
    expect(await asked(failing)).toMatchObject({ code: 'ERR_SERVICE_FAILED', status: 400 });
  });

  test(`${way}: 100 000 segments`, { timeout: 20_000 * slowness }, async () => {
    const segments = Array.from({ length: 100_000 }, (_, i) => ({ start: i / 1e5, end: i / 1e5, text: ' a' }));
    const srt = await asked(saying(JSON.stringify({ text: 'a', segments })), 'srt');
    expect(String(srt).match(/-->/g)).toHaveLength(100_000);
  });
}

test('a server that asks for time gets it; one that asks for an hour is not waited for', async () => {
  const times: number[] = [];
  await using server = await audioServer((_, response, i) => {
    times.push(performance.now());
    if (i > 0) return void response.writeHead(200).end('{"text": "one"}');
    response.writeHead(429, { 'retry-after': '1' }).end('{"error": {"message": "slower"}}');
  });
  const one = new AudioClient(new UpstreamEngine({ addresses: server.url, retries: 1 }));
  expect(await one.transcribe(talk, { model })).toEqual({ text: 'one' });
  const [first = 0, second = 0] = times;
  expect(second - first).toBeGreaterThanOrEqual(990);

  await using slow = await audioServer((_, response) => void response.writeHead(503, { 'retry-after': '3600' }).end());
  const other = new AudioClient(new UpstreamEngine({ addresses: slow.url, retries: 5 }));
  await expect(other.transcribe(talk, { model })).rejects.toMatchObject({ code: 'ERR_SERVICE_FAILED', status: 503 });
  expect(slow.uploads).toHaveLength(1);
});

const delta = (delta: string): object => ({ type: 'transcript.text.delta', delta });
const done = (text: unknown): object => ({ type: 'transcript.text.done', text });

/** What a stream gives, if it is sent byte by byte; or the error behind it. */
async function streamed(
  body: string,
  way: keyof typeof ways,
): Promise<{ said: string; text?: string; error?: unknown }> {
  await using server = await audioServer(async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const byte of Buffer.from(body)) {
      response.write(Uint8Array.of(byte));
      await setImmediate();
    }
    response.end();
  });
  let said = '';
  let text: string | undefined;
  try {
    for await (const event of ways[way](server.url).transcribeStream(talk, { model })) {
      if (event.type === 'transcript.text.delta') said += event.delta;
      if (event.type === 'transcript.text.done') text = event.text;
    }
  } catch (error) {
    return { said, error };
  }
  return { said, ...(text !== undefined && { text }) };
}

for (const way of ['SDK', 'upstream'] as const) {
  const line = (value: unknown): string => `data: ${JSON.stringify(value)}`;
  for (const [what, body] of [
    ['lines that end in CR', `${line(delta('Zoë 😀'))}\r\r${line(done('Zoë 😀'))}\r\r`],
    ['lines that end in CRLF', `${line(delta('Zoë 😀'))}\r\n\r\n${line(done('Zoë 😀'))}\r\n\r\n`],
    [
      'a byte order mark, comments and other fields',
      `\uFEFF: hi\nid: 1\n${line(delta('Zoë 😀'))}\n\n${line(done('Zoë 😀'))}\n\n`,
    ],
    [
      'data of several lines',
      `data: {"type":"transcript.text.delta",\ndata: "delta":"Zoë 😀"}\n\n${line(done('Zoë 😀'))}\n\n`,
    ],
    ['no empty line at the end', `${line(delta('Zoë 😀'))}\n\n${line(done('Zoë 😀'))}`],
    ['all of it at the end', `${line(done('Zoë 😀'))}\n\n`],
    ['an end without a text', `${line(delta('Zoë '))}\n\n${line(delta('😀'))}\n\n${line(done(null))}\n\n`],
    ['[DONE] in place of the end', `${line(delta('Zoë 😀'))}\n\ndata: [DONE]\n\n${line(done('other'))}\n\n`],
  ] as const) {
    test(`${way}: a stream with ${what}, byte by byte`, async () => {
      expect(await streamed(body, way)).toEqual({ said: 'Zoë 😀', text: 'Zoë 😀' });
    });
  }

  test(`${way}: an event that says that something failed`, async () => {
    const { said, error } = await streamed(
      `${line(delta('a'))}\n\n${line({ type: 'error', message: 'no memory' })}\n\n`,
      way,
    );
    expect([said, String((error as Error).message)]).toEqual(['a', expect.stringContaining('no memory')]);
  });

  test(`${way}: a stream that is cut anywhere is an error, or whole`, { timeout: 20_000 * slowness }, async () => {
    const body = `${line(delta('a'))}\n\n${line(done('a'))}\n\n`;
    for (let length = 0; length < body.length; length += 3) {
      const { text, error } = await streamed(body.slice(0, length), way);
      if (text === undefined) expect(error).toMatchObject({ code: 'ERR_SERVICE_FAILED', fault: 'server' });
      else expect(text).toBe('a');
    }
  });
}

test('an event of many chunks takes linear time', { timeout: 20_000 * slowness }, async () => {
  const text = 'a'.repeat(8 * 1024 ** 2);
  const body = Buffer.from(`data: ${JSON.stringify(done(text))}\n\n`);
  await using server = await audioServer(async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let at = 0; at < body.length; at += 2048) {
      if (!response.write(body.subarray(at, at + 2048))) await once(response, 'drain');
    }
    response.end();
  });
  const events = ways.upstream(server.url).transcribeStream(talk, { model });
  for await (const event of events)
    if (event.type === 'transcript.text.done') expect(event.text).toHaveLength(text.length);
});
