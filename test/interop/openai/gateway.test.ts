// The gateway in front of real servers, asked by the clients that applications have: what they get is what OpenAI's API
// promises, whatever the server behind it speaks.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, probe } from '../../../dist/index.js';
import { type AudioEngine, parseSrt, parseVtt, UpstreamEngine } from '../../../dist/openai/index.js';
import { Transcriber, TranscriberEngine } from '../../../dist/transcribe/index.js';
import { wordErrorRate } from '../../openai/word_errors.js';
import { slowness } from '../../safe/outcome.js';
import { service } from '../../serve/service.js';
import { hasModels, modelFolder } from '../transcribe/cache.js';
import { type Answer, answersOf, type Client, given, type Question } from './clients.js';
import { beginning } from './dialogue.js';
import { isInstalled, type ServerName, startServer, whyNot } from './servers.js';
import { differences } from './shapes.js';

if (!isInstalled) process.stderr.write(`interop/openai/gateway.test.ts is skipped: ${whyNot}\n`);

const timeout = 60_000 * slowness;
const key = 'key-of-the-gateway';
const folder = mkdtempSync(join(tmpdir(), 'cochlea-interop-gateway-'));
const audio = join(folder, 'talk.wav');
let said: string;

beforeAll(async () => {
  if (!isInstalled) return;
  const { wav, text } = await beginning(2);
  writeFileSync(audio, wav);
  said = text;
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Asked {
  readonly engine: AudioEngine;
  readonly model: string;
}

/** A gateway with an engine, while the tests of a group run. What is opened for it closes with it. */
function gatewayWith(engineOf: (open: (each: AsyncDisposable) => void) => Promise<Asked>): () => Question {
  const open: AsyncDisposable[] = [];
  let question: Question;
  beforeAll(async () => {
    const { engine, model } = await engineOf((each) => open.push(each));
    const gateway = await service({ engine, apiKeys: [key] });
    open.push(gateway);
    question = { baseUrl: `${gateway.url}/v1`, key, model };
  }, timeout);
  afterAll(async () => {
    for (const each of open.reverse()) await each[Symbol.asyncDispose]();
  });
  return () => question;
}

const gatewayTo = (name: ServerName): (() => Question) =>
  gatewayWith(async (open) => {
    const server = await startServer(name);
    open(server);
    const engine = new UpstreamEngine({ addresses: server.baseUrl, apiKey: server.key });
    open(engine);
    return { engine, model: server.model };
  });

interface Verbose {
  readonly text: string;
  readonly segments: readonly { readonly text: string }[];
  readonly words: readonly { readonly word: string }[];
}
interface Event {
  readonly type: string;
  readonly delta?: string;
  readonly text?: string;
}

/** All formats of a task, with the words that were said. */
function expectText(task: 'transcription' | 'translation', answers: Record<string, Answer>, rate: number): void {
  const shape = task === 'translation' ? 'verboseTranslation' : 'verboseJson';
  expect(differences('json', given(answers[`${task} json`]))).toEqual([]);
  expect(differences(shape, given(answers[`${task} verbose_json`]))).toEqual([]);
  const verbose = given<Verbose>(answers[`${task} verbose_json`]);
  const texts = [
    given<Verbose>(answers[`${task} json`]).text,
    verbose.text,
    verbose.segments.map(({ text }) => text).join(' '),
    given<string>(answers[`${task} text`]),
    ...[parseSrt(given(answers[`${task} srt`])), parseVtt(given(answers[`${task} vtt`]))].map((cues) =>
      cues.map(({ text }) => text).join(' '),
    ),
  ];
  for (const text of texts) expect(wordErrorRate(said, text), text).toBeLessThanOrEqual(rate);
}

/** An error in OpenAI's form. */
function expectError(answer: Answer | undefined, status: number): void {
  expect(answer?.error).toMatchObject({ status, code: expect.any(String), type: expect.any(String) });
}

describe.skipIf(!isInstalled).sequential('in front of open-asr-server', () => {
  const question = gatewayTo('open-asr-server');

  test.each(['openai 6', 'openai 7', 'openai for Python'] as const)('%s', { timeout }, async (client) => {
    const answers = await answersOf(client, { ...question(), audio });
    expectText('transcription', answers, 0);
    expect(differences('verboseJson', given(answers['words and segments']))).toEqual([]);
    const { words, segments } = given<Verbose>(answers['words and segments']);
    expect(wordErrorRate(said, words.map(({ word }) => word).join(''))).toBe(0);
    expect(segments.length).toBe(2);
    // The server ignores stream.
    expect(differences('events', given(answers.stream))).toEqual([]);
    const events = given<Event[]>(answers.stream);
    const deltas = events.flatMap(({ delta }) => delta ?? []);
    expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', text: deltas.join('') });
    expect(wordErrorRate(said, deltas.join(''))).toBe(0);
    expect(differences('models', given(answers.models))).toEqual([]);
    expectError(answers['wrong key'], 401);
    expectError(answers['no audio'], 415);
    expectError(answers['unknown model'], 404);
    for (const format of ['json', 'text', 'srt', 'verbose_json', 'vtt']) {
      // The server has no such route.
      expectError(answers[`translation ${format}`], 404);
    }
  });

  test('AI SDK', { timeout }, async () => {
    const answers = await answersOf('AI SDK', { ...question(), audio });
    for (const format of ['json', 'verbose_json']) {
      expect(wordErrorRate(said, given<Verbose>(answers[`transcription ${format}`]).text)).toBe(0);
    }
    expect(given<Verbose>(answers['transcription verbose_json']).segments.length).toBe(2);
  });
});

describe.skipIf(!isInstalled).sequential('in front of faster-whisper-server', () => {
  const question = gatewayTo('faster-whisper-server');

  test('openai 7: formats that the server does not know', { timeout }, async () => {
    const answers = await answersOf('openai 7', { ...question(), audio });
    expectText('transcription', answers, 0.1);
    expectText('translation', answers, 0.1);
    // It gives no words, and says nothing of it.
    expectError(answers['words and segments'], 400);
    expectError(answers['no audio'], 415);
  });

  test('AI SDK: segments without seek', { timeout }, async () => {
    const answers = await answersOf('AI SDK', { ...question(), audio });
    const { text, segments } = given<Verbose>(answers['transcription verbose_json']);
    expect(wordErrorRate(said, text)).toBeLessThan(0.1);
    expect(segments.length).toBeGreaterThan(0);
  });
});

describe.skipIf(!isInstalled).sequential('in front of local-tts', () => {
  const question = gatewayTo('local-tts');
  const types = {
    mp3: ['audio/mpeg', 'mp3'],
    opus: ['audio/ogg', 'opus'],
    aac: ['audio/aac', 'aac'],
    flac: ['audio/flac', 'flac'],
    wav: ['audio/wav', 'pcm_s16le'],
  } as const;

  test.each<Client>(['openai 6', 'openai 7', 'openai for Python', 'AI SDK'])('%s', { timeout }, async (client) => {
    const answers = await answersOf(client, { ...question(), text: 'Hello there, my friend.' });
    for (const [format, [type, codec]] of Object.entries(types)) {
      const speech = given<{ type: string; base64: string }>(answers[`speech ${format}`]);
      const bytes = Buffer.from(speech.base64, 'base64');
      expect(speech.type).toBe(type);
      expect((await probe(bytes)).codec).toBe(codec);
      const { duration } = await decode(bytes);
      expect(duration).toBeGreaterThan(1);
      expect(duration).toBeLessThan(3);
    }
    const pcm = given<{ type: string; base64: string }>(answers['speech pcm']);
    expect(pcm.type).toMatch(/^audio\/(pcm|l16)/i);
    const rate = Number(/rate=(\d+)/.exec(pcm.type)?.[1] ?? 24_000);
    const seconds = Buffer.from(pcm.base64, 'base64').length / 2 / rate;
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(3);
    if (client === 'AI SDK') return;
    expectError(answers['speech in another format'], 400);
    expectError(answers['no text'], 400);
    expect(differences('models', given(answers.models))).toEqual([]);
  });
});

describe.skipIf(!isInstalled || !hasModels).sequential('with Whisper in this process', () => {
  const question = gatewayWith(async (open) => {
    const transcriber = await Transcriber.load(modelFolder('base'), { precision: 'int8', provider: 'cpu' });
    open(transcriber);
    return { engine: new TranscriberEngine(transcriber, 'whisper-base'), model: 'whisper-base' };
  });

  test.each(['openai 6', 'openai 7', 'openai for Python'] as const)('%s', { timeout: 3 * timeout }, async (client) => {
    const answers = await answersOf(client, { ...question(), audio });
    expectText('transcription', answers, 0.1);
    expectText('translation', answers, 0.1);
    expect(differences('verboseJson', given(answers['words and segments']))).toEqual([]);
    const { words, text } = given<Verbose>(answers['words and segments']);
    expect(wordErrorRate(text, words.map(({ word }) => word).join(''))).toBe(0);
    expect(differences('events', given(answers.stream))).toEqual([]);
    const events = given<Event[]>(answers.stream);
    const deltas = events.flatMap(({ delta }) => delta ?? []);
    expect(deltas.length).toBeGreaterThan(1);
    expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', text: deltas.join('') });
    expect(differences('models', given(answers.models))).toEqual([]);
    expectError(answers['wrong key'], 401);
    expectError(answers['no audio'], 415);
    expectError(answers['unknown model'], 400);
  });

  test('AI SDK', { timeout: 3 * timeout }, async () => {
    const answers = await answersOf('AI SDK', { ...question(), audio });
    const { text, segments } = given<Verbose>(answers['transcription verbose_json']);
    expect(wordErrorRate(said, text)).toBeLessThan(0.1);
    expect(segments.length).toBeGreaterThan(0);
  });
});
