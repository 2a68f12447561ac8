import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Experimental_TranscriptionModelV4StreamPart,
  SpeechModelV4,
  TranscriptionModelV4,
} from '@ai-sdk/provider';
import { generateSpeech, transcribe } from 'ai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AiTranscriptPart, createCochlea } from '../../dist/ai/index.js';
import { decode } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { UpstreamEngine } from '../../dist/openai/index.js';
import { ScriptedEngine, wholeTranscript, writeRecording } from '../openai/scripted.js';
import { audioServer } from '../openai/server.js';
import { fixtures } from '../tower/reference.js';

/** By the AI SDK itself. */

let folder: string;
let talk: Buffer;
const seconds = 60;
const whole = wholeTranscript(6, seconds);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-ai-'));
  writeRecording(join(folder, 'talk.wav'), 6, seconds);
  talk = readFileSync(join(folder, 'talk.wav'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('our interfaces are those of the AI SDK', () => {
  const cochlea = createCochlea({ engine: new ScriptedEngine(20) });
  // The compiler checks these.
  const transcription: TranscriptionModelV4 = cochlea.transcription('scripted');
  const speech: SpeechModelV4 = cochlea.speech('scripted');
  const part = (given: AiTranscriptPart): Experimental_TranscriptionModelV4StreamPart => given;
  expect([transcription.specificationVersion, speech.provider, part.length]).toEqual(['v4', 'cochlea', 1]);
});

test('transcribe: any length, with times, over an engine and over a server', async () => {
  await using server = await audioServer();
  await using upstream = new UpstreamEngine({ addresses: server.url, limits: { seconds: 20 } });
  for (const engine of [new ScriptedEngine(20), upstream]) {
    const model = createCochlea({ engine }).transcription('whisper-1');
    const result = await transcribe({ model, audio: talk });
    expect(result).toMatchObject({ text: whole.text, language: 'en', durationInSeconds: seconds });
    expect(result.segments.length).toBe(whole.segments);
    expect(result.warnings).toEqual([]);
    expect(result.responses[0]?.modelId).toBe('whisper-1');
  }
});

test('words, options of a call, and a warning where there are none', async () => {
  const engine = new ScriptedEngine(20);
  const model = createCochlea({ engine }).transcription('scripted');
  const options = { mediaType: 'audio/wav', timestampGranularities: ['word', 'segment'] };
  const providerOptions = { cochlea: { language: 'de', prompt: 'Namen' } };
  const { words, warnings } = await model.doGenerate({ audio: talk.toString('base64'), ...options, providerOptions });
  expect([words?.length, warnings]).toEqual([whole.words.length, []]);
  expect(engine.asked[0]?.request).toMatchObject({ language: 'de', prompt: 'Namen' });
  await expect(
    model.doGenerate({ audio: talk, ...options, providerOptions: { cochlea: { langage: 'de' } } }),
  ).rejects.toThrow('langage is not an option');
  const transcribeWords = engine.transcribe.bind(engine);
  engine.transcribe = async (audio, request) => ({ ...(await transcribeWords(audio, request)), words: undefined });
  const without = await model.doGenerate({ audio: talk, ...options });
  expect([without.words, without.warnings]).toEqual([
    undefined,
    [{ type: 'other', message: 'the model scripted gives no times of words' }],
  ]);
});

test('an address is fetched within the rules of the loader', async () => {
  const files = createServer((_, response) => void response.end(talk)).listen(0, '127.0.0.1');
  await once(files, 'listening');
  const url = new URL(`http://127.0.0.1:${(files.address() as AddressInfo).port}/talk.wav`);
  const refused = createCochlea({ engine: new ScriptedEngine(20) }).transcription('scripted');
  await expect(refused.doGenerateFromUrl({ audio: url })).rejects.toMatchObject({ code: 'ERR_FETCH_REFUSED' });
  await using loader = new AudioLoader({ allowHttp: true, allowPrivateAddresses: true });
  const allowed = createCochlea({ engine: new ScriptedEngine(20), loader }).transcription('scripted');
  expect(await allowed.doGenerateFromUrl({ audio: url })).toMatchObject({ text: whole.text });
  files.close();
});

test('a stream of samples, and of a file', async () => {
  const model = createCochlea({ engine: new ScriptedEngine(20) }).transcription('scripted');
  const pcm = talk.subarray(44);
  for (const [audio, inputAudioFormat] of [
    [talk, { type: 'audio/wav' }],
    [pcm, { type: 'audio/pcm', rate: 16_000 }],
  ] as const) {
    const pieces = ReadableStream.from(
      (function* () {
        for (let at = 0; at < audio.length; at += 100_000) yield new Uint8Array(audio.subarray(at, at + 100_000));
      })(),
    ) as ReadableStream<Uint8Array>;
    const { stream } = await model.doStream({ audio: pieces, inputAudioFormat });
    const parts: AiTranscriptPart[] = [];
    for await (const part of stream as unknown as AsyncIterable<AiTranscriptPart>) parts.push(part);
    const text = parts.map((part) => (part.type === 'transcript-delta' ? part.delta : '')).join('');
    expect([parts[0]?.type, text]).toEqual(['stream-start', whole.text]);
    expect(parts.at(-1)).toMatchObject({
      type: 'finish',
      text: whole.text,
      language: 'en',
      durationInSeconds: seconds,
    });
  }
});

test('generateSpeech: in the format that was asked for', async () => {
  const wav = readFileSync(join(fixtures, 'speech/speech.wav'));
  await using server = await audioServer(
    (_, response) => void response.writeHead(200, { 'content-type': 'audio/wav' }).end(wav),
  );
  await using engine = new UpstreamEngine({ addresses: server.url });
  const model = createCochlea({ engine }).speech('tts-1');
  const { audio } = await generateSpeech({ model, text: 'Hello.', voice: 'nova', outputFormat: 'flac' });
  expect((await decode(audio.uint8Array)).source.container).toBe('flac');
  await expect(model.doGenerate({ text: 'Hello.', outputFormat: 'xyz' })).rejects.toMatchObject({
    code: 'ERR_REQUEST_INVALID',
  });
});

test('abort', async () => {
  const engine = new ScriptedEngine(20);
  engine.transcribe = () => new Promise(() => {});
  const stop = new AbortController();
  const asked = transcribe({
    model: createCochlea({ engine }).transcription('scripted'),
    audio: talk,
    abortSignal: stop.signal,
    maxRetries: 0,
  });
  setTimeout(() => stop.abort(), 50);
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
});

test('damage of the audio is among the warnings', async () => {
  const model = createCochlea({ engine: new ScriptedEngine(20) }).transcription('scripted');
  const { warnings } = await transcribe({ model, audio: talk.subarray(0, -32_000) });
  expect(warnings).toEqual([{ type: 'other', message: 'the audio ends before the end that it states' }]);
});

test('options of the wrong type are refused', async () => {
  const model = createCochlea({ engine: new ScriptedEngine(20) }).transcription('scripted');
  for (const cochlea of [{ language: 5 }, { prompt: ['a'] }, { temperature: 'hot' }, { translate: 'yes' }]) {
    const asked = model.doGenerate({ audio: talk, mediaType: 'audio/wav', providerOptions: { cochlea } });
    await expect(asked).rejects.toThrow(TypeError);
  }
});
