import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioLoader } from '../../dist/load/index.js';
import { AudioClient, parseSrt, parseVtt } from '../../dist/openai/index.js';
import { ScriptedEngine, wholeTranscript, writeRecording } from './scripted.js';
import { audioServer, json, openai, transcriptOf } from './server.js';

/** What goes to a server, and what comes back: by the official SDK, as users have it. */

let folder: string;
const seconds = 100;
const whole = wholeTranscript(1, seconds);
const model = 'whisper-1';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-openai-'));
  writeRecording(join(folder, 'talk.wav'), 1, seconds);
  for (const name of ['talk.flac', 'talk.mka', 'talk.w64', 'talk.aiff', 'talk.mov']) {
    execFileSync('ffmpeg', ['-v', 'error', '-i', join(folder, 'talk.wav'), join(folder, name)]);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const talk = (extension = 'wav'): string => join(folder, `talk.${extension}`);
const sdk = (url: string): OpenAI => new OpenAI({ baseURL: url, apiKey: 'sk-test-12345678', maxRetries: 0 });

test('each format: as OpenAI gives it for all of the recording, although it goes in parts', async () => {
  await using server = await audioServer();
  const client = new AudioClient(sdk(server.url), { limits: { seconds: 30 } });
  const ask = <Format extends 'json' | 'text' | 'srt' | 'vtt' | 'verbose_json'>(response_format: Format) =>
    client.transcribe(talk(), { model, response_format });
  expect(await client.transcribe(talk(), { model })).toMatchObject({ text: whole.text });
  expect(await ask('text')).toBe(whole.text);
  const verbose = await ask('verbose_json');
  expect(verbose).toMatchObject({ task: 'transcribe', language: 'english', duration: seconds, text: whole.text });
  expect(verbose.segments?.length).toBe(whole.segments);
  expect(verbose.words).toBeUndefined();
  expect(verbose.usage).toMatchObject({ type: 'duration' });
  // Where the windows of each part began, in steps of 10 ms.
  expect(new Set(verbose.segments?.map(({ seek }) => seek)).size).toBeGreaterThan(3);
  const cues = parseSrt(await ask('srt'));
  expect(cues.map(({ text }) => text).join(' ')).toBe(whole.text);
  expect(parseVtt(await ask('vtt')).map(({ start, end, text }) => ({ start, end, text }))).toEqual(
    cues.map(({ start, end, text }) => ({ start, end, text })),
  );
  expect(server.uploads.every(({ name, fields }) => name === 'audio.flac' && fields.model === model)).toBe(true);
  expect(server.uploads.length).toBeGreaterThanOrEqual(20);
  expect(server.uploads[0]?.authorization).toBe('Bearer sk-test-12345678');
});

test('a file that servers know is sent as it is, under the name of what it is', async () => {
  await using server = await audioServer();
  const client = new AudioClient(sdk(server.url));
  for (const [given, sent] of [
    ['wav', 'audio.wav'],
    ['flac', 'audio.flac'],
  ] as const) {
    const bytes = readFileSync(talk(given));
    // A path and bytes: nothing tells the format but the bytes.
    for (const source of [talk(given), bytes]) {
      expect(await client.transcribe(source, { model })).toMatchObject({ text: whole.text });
      const upload = server.uploads.at(-1);
      expect([upload?.name, Buffer.from(upload?.bytes ?? []).equals(bytes)]).toEqual([sent, true]);
    }
  }
});

test('all others go as FLAC', async () => {
  await using server = await audioServer();
  const client = new AudioClient(sdk(server.url));
  for (const extension of ['w64', 'aiff', 'mka', 'mov']) {
    const { text } = await client.transcribe(talk(extension), { model });
    const upload = server.uploads.at(-1);
    expect([upload?.name, Buffer.from(upload?.bytes.subarray(0, 4) ?? []).toString()], extension).toEqual([
      'audio.flac',
      'fLaC',
    ]);
    // Some of these containers hold a codec that is not lossless here.
    if (extension !== 'mka' && extension !== 'mov') expect(text).toBe(whole.text);
  }
});

test('too many bytes: in parts below both limits', async () => {
  await using server = await audioServer();
  const client = new AudioClient(sdk(server.url), { limits: { bytes: 1_000_000 } });
  expect(await client.transcribe(talk(), { model })).toMatchObject({ text: whole.text });
  expect(server.uploads.length).toBeGreaterThan(1);
  expect(Math.max(...server.uploads.map(({ bytes }) => bytes.length))).toBeLessThan(1_000_000);
});

test('times, languages and counts that a server gets wrong are those of the audio', async () => {
  await using server = await audioServer(async (upload, response) => {
    const { text, segments = [] } = await transcriptOf(upload);
    const last = segments.at(-1);
    // vLLM gives the length as text; others the end of the last segment.
    json(response, {
      task: 'transcribe',
      language: 'English',
      duration: '7',
      text,
      segments: [...segments.slice(0, -1), { ...last, end: 9999 }],
    });
  });
  const client = new AudioClient(sdk(server.url), { limits: { seconds: 30 } });
  const { duration, segments = [] } = await client.transcribe(talk(), { model, response_format: 'verbose_json' });
  expect(duration).toBe(seconds);
  expect(segments.every(({ start, end }, i) => end <= (segments[i + 1]?.start ?? seconds) && start <= end)).toBe(true);
  // The language of the first part is that of all.
  expect(server.uploads.map(({ fields }) => fields.language)).toEqual([
    undefined,
    ...server.uploads.slice(1).map(() => 'en'),
  ]);
});

test('a chain: each part knows the end of the text before it', async () => {
  await using server = await audioServer();
  const client = new AudioClient(sdk(server.url), { limits: { seconds: 30 } });
  const { text } = await client.transcribe(talk(), { model, prompt: 'At first.' }, { chain: true });
  expect(text).toBe(whole.text);
  const [first, ...others] = server.uploads.map(({ fields }) => String(fields.prompt));
  expect(first).toBe('At first.');
  for (const prompt of others) expect(whole.text).toContain(prompt);
});

test('a translation', async () => {
  await using server = await audioServer();
  const client = new AudioClient(sdk(server.url), { limits: { seconds: 30 } });
  const result = await client.translate(talk(), { model, response_format: 'verbose_json' });
  expect(result).toMatchObject({ task: 'translate', language: 'english', text: whole.text, duration: seconds });
  expect(server.uploads.every(({ route, fields }) => route === '/v1/audio/translations' && !('stream' in fields))).toBe(
    true,
  );
});

test('any source that a loader takes, within its limits', async () => {
  await using server = await audioServer(openai);
  await using loader = new AudioLoader({ maxSeconds: 60 });
  const client = new AudioClient(sdk(server.url), { loader });
  await expect(client.transcribe(talk(), { model })).rejects.toMatchObject({
    code: 'ERR_FETCH_REFUSED',
    reason: 'root',
  });
  const data = `data:audio/wav;base64,${readFileSync(talk()).toString('base64')}`;
  await expect(client.transcribe(data, { model })).rejects.toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'seconds' });
  expect(server.uploads).toEqual([]);
});

test('an engine in place of a server', async () => {
  const engine = new ScriptedEngine(25);
  const client = new AudioClient(engine);
  expect(await client.transcribe(talk(), { model: 'scripted' })).toMatchObject({ text: whole.text });
  await expect(client.speech({ model: 'scripted', input: 'a', voice: 'b' })).rejects.toMatchObject({
    code: 'ERR_REQUEST_INVALID',
  });
  await expect(
    client.transcribe(talk(), { model: 'scripted', response_format: 'diarized_json' }),
  ).rejects.toMatchObject({
    code: 'ERR_REQUEST_INVALID',
    message: 'the model scripted gives no speakers',
  });
});

test('a wrong field is refused before anything is read', () => {
  const client = new AudioClient(new ScriptedEngine(25));
  const ask = (params: object) => () => client.transcribe('nowhere', { model: 'm', ...params } as never);
  expect(ask({ response_format: 'xml' })).toThrow("params.response_format must be 'json' or 'text'");
  expect(ask({ model: 7 })).toThrow('params.model must be the name of a model');
  expect(ask({ temprature: 1 })).toThrow('temprature');
  expect(ask({ temperature: 2 })).toThrow('params.temperature must be 0 … 1, got 2');
  expect(ask({ timestamp_granularities: ['word'] })).toThrow('params.timestamp_granularities goes with verbose_json');
  expect(() => new AudioClient({} as never)).toThrow('server must be a client of OpenAI, or an engine');
});
