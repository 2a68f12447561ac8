// Whisper behind all that takes an engine: a gateway, asked by OpenAI's SDK, our client, the AI SDK. The weights are
// random, and so is the text: it must be the one that the transcriber itself gives.
import { transcribe } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCochlea } from '../../dist/ai/index.js';
import { decode, encode } from '../../dist/index.js';
import { AudioClient, type AudioEngine, renderTranscript, type Transcript } from '../../dist/openai/index.js';
import { Transcriber, TranscriberEngine, type Transcription } from '../../dist/transcribe/index.js';
import { fixture, noise, rate } from '../features/signals.js';
import { errorOf, form, post, service } from '../serve/service.js';

const model = 'whisper-small';
/** Of which the model makes several segments. */
let talk: Uint8Array<ArrayBuffer>;
let transcriber: Transcriber;
let engine: TranscriberEngine;
/** With times of words, which move those of segments; and without. */
let said: Transcription;
let plain: Transcription;

beforeAll(async () => {
  talk = new Uint8Array(await encode({ data: noise(6 * rate, 3), sampleRate: rate }, { format: 'flac' }));
  transcriber = await Transcriber.load(fixture('transcribe/small'), { precision: 'fp32', provider: 'cpu' });
  engine = new TranscriberEngine(transcriber, model);
  said = await transcriber.transcribe(await decoded(), { timestamps: 'word' });
  plain = await transcriber.transcribe(await decoded());
  expect(said.segments.length).toBeGreaterThan(2);
  expect(said.words?.length).toBeGreaterThan(2);
});
afterAll(() => transcriber.close());

const decoded = () => decode(talk, { sampleRate: 16_000, channels: 1 });
const sdk = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none-needed', maxRetries: 0 });
const file = () => new File([talk], 'talk.flac');

/** Times are to milliseconds in OpenAI's form. */
const exact = (seconds: number) => Math.round(seconds * 1000) / 1000;
const subtitles = (format: 'srt' | 'vtt') => renderTranscript(plain as Transcript, format);

test('every format, by the SDK', async () => {
  await using app = await service({ engine });
  const { audio } = sdk(app.url);
  for (const name of [model, 'whisper-1']) {
    const ask = (fields: object) =>
      audio.transcriptions.create({ file: file(), model: name, ...fields } as never) as Promise<unknown>;
    expect(await ask({})).toEqual({ text: said.text.trim(), usage: { type: 'duration', seconds: 6 } });
    expect(await ask({ response_format: 'text' })).toBe(`${said.text.trim()}\n`);
    for (const format of ['srt', 'vtt'] as const) {
      expect(await ask({ response_format: format })).toBe(subtitles(format));
    }
    const verbose = await ask({ response_format: 'verbose_json', timestamp_granularities: ['word', 'segment'] });
    expect(verbose).toEqual({
      task: 'transcribe',
      language: said.language,
      duration: said.duration,
      text: said.text.trim(),
      words: said.words?.map(({ word, start, end }) => ({ word, start: exact(start), end: exact(end) })),
      segments: said.segments.map(({ id, seek, start, end, text, tokens, temperature, ...rest }) => ({
        ...{ id, seek, start: exact(start), end: exact(end), text, tokens, temperature },
        avg_logprob: rest.avgLogprob,
        compression_ratio: rest.compressionRatio,
        no_speech_prob: rest.noSpeechProb,
      })),
      usage: { type: 'duration', seconds: 6 },
    });
  }
});

test('fields of a request reach the model', async () => {
  await using app = await service({ engine });
  const { audio } = sdk(app.url);
  const fields = { language: 'de', prompt: 'the dog', temperature: 0.4 };
  const { text } = await audio.transcriptions.create({ file: file(), model, ...fields });
  expect(text).toBe((await transcriber.transcribe(await decoded(), fields)).text.trim());
  expect(text).not.toBe(said.text.trim());
  const expecting = { keywords: ['Oaxaca', 'etcd'], languages: ['fr'] };
  const heard = await audio.transcriptions.create({ file: file(), model, ...expecting } as never);
  const wished = await transcriber.transcribe(await decoded(), { hotwords: 'Oaxaca, etcd', language: 'fr' });
  expect(heard).toMatchObject({ text: wished.text.trim() });
  expect(wished.text).not.toBe((await transcriber.transcribe(await decoded(), { language: 'fr' })).text);
  // OpenAI's default, there and here: the usual list of temperatures.
  const zero = await audio.transcriptions.create({ file: file(), model, temperature: 0 });
  expect(zero.text).toBe(said.text.trim());
  const english = await audio.translations.create({ file: file(), model });
  const wanted = await transcriber.transcribe(await decoded(), { task: 'translate' });
  expect(english).toMatchObject({ text: wanted.text.trim() });
});

test('a stream: a delta for each segment', async () => {
  await using app = await service({ engine });
  const deltas: string[] = [];
  let done = '';
  for await (const event of await sdk(app.url).audio.transcriptions.create({ file: file(), model, stream: true })) {
    if (event.type === 'transcript.text.delta') deltas.push(event.delta);
    if (event.type === 'transcript.text.done') done = event.text;
  }
  expect([deltas.join(''), done]).toEqual([said.text.trim(), said.text.trim()]);
  expect(deltas.length).toBe(said.segments.filter(({ text }) => text.trim() !== '').length);
});

test('mistakes are the client’s, and say what there is', async () => {
  await using app = await service({ engine });
  const ask = async (fields: Record<string, string>, route = 'transcriptions') => {
    const response = await post(`${app.url}/v1/audio/${route}`, form({ model, ...fields }, [talk]));
    return { status: response.status, ...(await errorOf(response)) };
  };
  const wrong = { status: 400, type: 'invalid_request_error', code: 'ERR_REQUEST_INVALID' };
  const with_ = (message: string) => ({ ...wrong, message: expect.stringContaining(message) });
  expect(await ask({ model: 'gpt-4o-transcribe' })).toMatchObject(with_("model must be 'whisper-small'"));
  expect(await ask({ model: 'tts-1' }, 'translations')).toMatchObject(with_("model must be 'whisper-small'"));
  expect(await ask({ language: 'english' })).toMatchObject(with_('language must be a code that the model knows'));
  expect(await ask({ language: 'english', stream: 'true' })).toMatchObject(with_('language must be a code'));
  expect(await ask({ known_speaker_names: 'Ann' })).toMatchObject(with_('the model tells no speakers apart'));
  expect(await ask({ response_format: 'diarized_json' })).toMatchObject(with_('gives no speakers'));
  const speaking = await post(`${app.url}/v1/audio/speech`, { model, input: 'a', voice: 'b' });
  expect([speaking.status, (await errorOf(speaking)).message]).toEqual([400, expect.stringContaining('not speak')]);
});

test('while it loads: 503, and not ready; one that does not come stays away', async () => {
  let arrive = (_: AudioEngine): void => {};
  const loading = new Promise<AudioEngine>((resolve) => {
    arrive = resolve;
  });
  await using app = await service({ engine: loading });
  const state = async (url: string) => {
    const ready = await fetch(`${url}/health/ready`);
    const text = await post(`${url}/v1/audio/transcriptions`, form({ model }, [talk]));
    const spoken = await post(`${url}/v1/audio/speech`, { model, input: 'a', voice: 'b' });
    const models = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] };
    return [ready.status, text.status, spoken.status, models.data.map(({ id }) => id)];
  };
  expect(await state(app.url)).toEqual([503, 503, 503, []]);
  arrive(engine);
  expect(await state(app.url)).toEqual([200, 200, 400, [model]]);
  const failed = Promise.reject(new Error('no such folder'));
  failed.catch(() => {});
  await using other = await service({ engine: failed });
  expect(await state(other.url)).toEqual([503, 503, 503, []]);
  const response = await post(`${other.url}/v1/audio/transcriptions`, form({ model }, [talk]));
  expect(await errorOf(response)).toMatchObject({
    code: 'ERR_CLOSED',
    message: expect.stringContaining('the model could not be loaded'),
  });
});

test('our client, without a server', async () => {
  const client = new AudioClient(engine);
  const json = await client.transcribe(talk, { model, response_format: 'verbose_json' });
  expect(json).toMatchObject({ text: said.text.trim(), language: said.language, duration: said.duration });
  expect(await client.transcribe(talk, { model, response_format: 'srt' })).toBe(subtitles('srt'));
  const leaving = new AbortController();
  const call = client.transcribe(talk, { model }, { signal: leaving.signal });
  leaving.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
});

test('the AI SDK', async () => {
  const result = await transcribe({ model: createCochlea({ engine }).transcription(model), audio: talk });
  expect(result).toMatchObject({ text: said.text.trim(), language: said.language, durationInSeconds: said.duration });
  expect(result.segments.map(({ startSecond }) => startSecond)).toEqual(
    plain.segments.map(({ start }) => exact(start)),
  );
  expect(result.warnings).toEqual([]);
});
