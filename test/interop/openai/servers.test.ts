// What real servers give to the clients that applications have, without Cochlea in between: that these tests can tell
// right from wrong, and what Cochlea has to put up with from servers.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, probe } from '../../../dist/index.js';
import { parseSrt, parseVtt } from '../../../dist/openai/index.js';
import { wordErrorRate } from '../../openai/word_errors.js';
import { slowness } from '../../safe/outcome.js';
import { type Answer, answersOf, type Client, given } from './clients.js';
import { beginning } from './dialogue.js';
import { isInstalled, type Server, startServer, whyNot } from './servers.js';
import { differences } from './shapes.js';

if (!isInstalled) process.stderr.write(`interop/openai/servers.test.ts is skipped: ${whyNot}\n`);

const timeout = 60_000 * slowness;
const openaiClients = ['openai 6', 'openai 7', 'openai for Python'] as const;
const folder = mkdtempSync(join(tmpdir(), 'cochlea-interop-openai-'));
const audio = join(folder, 'talk.wav');
let said: string;

beforeAll(async () => {
  if (!isInstalled) return;
  const { wav, text } = await beginning(2);
  writeFileSync(audio, wav);
  said = text;
});
afterAll(() => rmSync(folder, { recursive: true }));

function statusOf(answer: Answer | undefined): number | null {
  expect(answer?.value).toBe(undefined);
  return answer?.error?.status ?? null;
}

/** What each client gets from a server; asked once. */
function asking(server: () => Server, source: () => object): (client: Client) => Promise<Record<string, Answer>> {
  const asked = new Map<Client, Promise<Record<string, Answer>>>();
  return (client) => {
    const answers = asked.get(client) ?? answersOf(client, { ...server(), ...source() });
    asked.set(client, answers);
    return answers;
  };
}

interface Verbose {
  readonly text: string;
  readonly segments: { start: number; end: number; text: string }[];
  readonly words: { start: number; end: number; word: string }[];
}

describe.skipIf(!isInstalled).sequential('open-asr-server', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('open-asr-server');
  }, timeout);
  afterAll(() => server?.[Symbol.asyncDispose]());
  const ask = asking(
    () => server,
    () => ({ audio }),
  );

  test.each(openaiClients)('%s: the text in each format, with the times of words', { timeout }, async (client) => {
    const answers = await ask(client);
    for (const format of ['json', 'verbose_json'] as const) {
      const { text } = given<Verbose>(answers[`transcription ${format}`]);
      expect(wordErrorRate(said, text), text).toBe(0);
    }
    expect(differences('json', given(answers['transcription json']))).toEqual([]);
    expect(wordErrorRate(said, given(answers['transcription text']))).toBe(0);
    const cues = [parseSrt(given(answers['transcription srt'])), parseVtt(given(answers['transcription vtt']))];
    for (const each of cues) expect(wordErrorRate(said, each.map(({ text }) => text).join(' '))).toBe(0);
    expect(cues[0]).toEqual(cues[1]);

    const { words, segments } = given<Verbose>(answers['words and segments']);
    expect(differences('verboseJson', given(answers['words and segments']))).toEqual([]);
    expect(wordErrorRate(said, words.map(({ word }) => word).join(''))).toBe(0);
    expect(segments.length).toBe(2);
  });

  test.each(openaiClients)('%s: what it does not do, and how it fails', { timeout }, async (client) => {
    const answers = await ask(client);
    // It answers a stream with JSON: the client has no event, and no error.
    expect(given(answers.stream)).toEqual([]);
    // What is absent is null.
    expect(differences('verboseJson', given(answers['transcription verbose_json']))).toEqual(['/words: must be array']);
    for (const format of ['json', 'text', 'srt', 'verbose_json', 'vtt']) {
      expect(statusOf(answers[`translation ${format}`])).toBe(404);
    }
    expect(statusOf(answers['wrong key'])).toBe(401);
    expect(statusOf(answers['unknown model'])).toBe(404);
    expect(statusOf(answers['no audio'])).toBe(500);
    for (const name of ['wrong key', 'unknown model', 'no audio'])
      expect(answers[name]?.error?.code ?? null).toBe(null);
    expect(differences('models', given(answers.models))).toContain("/0: must have required property 'created'");
  });

  test('the AI SDK reads its segments', { timeout }, async () => {
    const answers = await ask('AI SDK');
    const { text, segments } = given<Verbose>(answers['transcription verbose_json']);
    expect(wordErrorRate(said, text)).toBe(0);
    expect(segments.length).toBe(2);
  });
});

describe.skipIf(!isInstalled).sequential('faster-whisper-server', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('faster-whisper-server');
  }, timeout);
  afterAll(() => server?.[Symbol.asyncDispose]());
  const ask = asking(
    () => server,
    () => ({ audio }),
  );

  test('openai 7: json, verbose_json and translations, and no other format', { timeout }, async () => {
    const answers = await ask('openai 7');
    for (const task of ['transcription', 'translation']) {
      const { text } = given<Verbose>(answers[`${task} json`]);
      expect(wordErrorRate(said, text), text).toBeLessThan(0.1);
      const shape = task === 'translation' ? 'verboseTranslation' : 'verboseJson';
      const verbose = differences(shape, given(answers[`${task} verbose_json`]));
      expect([...new Set(verbose.map((each) => each.replace(/\d+/, 'n')))]).toEqual([
        "/segments/n: must have required property 'seek'",
      ]);
      for (const format of ['text', 'srt', 'vtt']) expect(statusOf(answers[`${task} ${format}`])).toBe(400);
    }
    // It says nothing about words that were asked for, nor about a model that it does not have.
    expect(given<Verbose>(answers['words and segments']).words).toBe(undefined);
    expect(given(answers.stream)).toEqual([]);
    expect(differences('json', given(answers['unknown model']))).toEqual([]);
    expect(statusOf(answers.models)).toBe(404);
  });

  test('the AI SDK does not take its segments', { timeout }, async () => {
    const answers = await ask('AI SDK');
    expect(differences('json', given(answers['transcription json']))).toEqual([]);
    expect(answers['transcription verbose_json']?.error?.message).toMatch(/Invalid JSON response/);
  });
});

describe.skipIf(!isInstalled).sequential('local-tts', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('local-tts');
  }, timeout);
  afterAll(() => server?.[Symbol.asyncDispose]());
  const ask = asking(
    () => server,
    () => ({ text: 'Hello there, my friend.' }),
  );

  const types = {
    mp3: ['audio/mpeg', 'mp3'],
    opus: ['audio/ogg', 'opus'],
    aac: ['audio/aac', 'aac'],
    flac: ['audio/flac', 'flac'],
    wav: ['audio/wav', 'pcm_s16le'],
  } as const;

  test.each<Client>([...openaiClients, 'AI SDK'])('%s: speech in six formats', { timeout }, async (client) => {
    const answers = await ask(client);
    for (const [format, [type, codec]] of Object.entries(types)) {
      const speech = given<{ type: string; base64: string }>(answers[`speech ${format}`]);
      const bytes = Buffer.from(speech.base64, 'base64');
      expect(speech.type).toBe(type);
      expect((await probe(bytes)).streams[0]?.codec).toBe(codec);
      const { duration } = await decode(bytes);
      expect(duration).toBeGreaterThan(1);
      expect(duration).toBeLessThan(3);
    }
    const pcm = given<{ type: string; base64: string }>(answers['speech pcm']);
    expect(pcm.type).toBe('audio/pcm_s16le');
    const seconds = Buffer.from(pcm.base64, 'base64').length / 2 / 22_050;
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(3);
    if (client === 'AI SDK') return;
    expect(statusOf(answers['speech in another format'])).toBe(400);
    expect(answers['speech in another format']?.error).toMatchObject({ param: 'response_format' });
    expect(answers['no text']?.error).toMatchObject({ status: 400, param: 'input', type: 'invalid_request_error' });
    expect(differences('models', given(answers.models))).toEqual([]);
  });
});
