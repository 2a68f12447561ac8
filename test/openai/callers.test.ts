import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioLoader } from '../../dist/load/index.js';
import {
  AudioClient,
  type AudioEngine,
  type EngineEvent,
  type EngineRequest,
  type Transcript,
  UpstreamEngine,
} from '../../dist/openai/index.js';
import { silentWav, toneWav } from '../safe/sounds.js';
import { ScriptedEngine, wholeTranscript, writeRecording } from './scripted.js';
import { audioServer } from './server.js';

/** Callers and engines that are not as they should be: each has its own error, and nothing is lost in silence. */

const seconds = 100;
const model = 'scripted';
const whole = wholeTranscript(5, seconds);
let folder: string;
let talk: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-callers-'));
  talk = join(folder, 'talk.wav');
  writeRecording(talk, 5, seconds);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const gathered: Value[] = [];
  for await (const value of values) gathered.push(value);
  return gathered;
}

/** An engine that does this with each part, of at most 20 s. */
const engine = (transcribe: AudioEngine['transcribe'], more: Partial<AudioEngine> = {}): AudioEngine => ({
  models: () => [],
  maxSeconds: () => 20,
  transcribe,
  ...more,
});

test('a callback that throws ends the call with its error, and no part is asked for after it', async () => {
  const mistake = new Error('no room');
  for (const option of ['onProgress', 'known'] as const) {
    const scripted = new ScriptedEngine(20);
    const options = {
      [option]: ({ index }: { index: number }) => {
        if (index === 1) throw mistake;
        return undefined;
      },
    };
    await expect(new AudioClient(scripted, { concurrency: 1 }).transcribe(talk, { model }, options)).rejects.toBe(
      mistake,
    );
    expect(scripted.asked.length).toBeLessThan(3);
  }
  const events = new AudioClient(new ScriptedEngine(20)).transcribeStream(
    talk,
    { model },
    {
      onProgress: () => {
        throw mistake;
      },
    },
  );
  await expect(all(events)).rejects.toBe(mistake);
});

test('an engine that throws what is no error: a typed one', async () => {
  for (const thrown of [undefined, null, 'a string', 5, { message: 5 }, Object.create(null)]) {
    const client = new AudioClient(engine(() => Promise.reject(thrown)));
    const error = await client.transcribe(talk, { model }).catch((error) => error);
    expect(error).toMatchObject({ code: 'ERR_AUDIO_INTERNAL', fault: 'server' });
    expect(error.cause).toBe(thrown);
    await expect(all(client.transcribeStream(talk, { model }))).rejects.toMatchObject({
      code: 'ERR_AUDIO_INTERNAL',
    });
  }
});

test('an engine that gives no transcript: an error, since its text would be lacking', async () => {
  const nothing = engine(async () => undefined as unknown as Transcript);
  await expect(new AudioClient(nothing).transcribe(talk, { model })).rejects.toMatchObject({
    code: 'ERR_AUDIO_INTERNAL',
  });
  const silent = engine(async () => ({ text: '', duration: 0 }), {
    async *transcribeStream(): AsyncGenerator<EngineEvent> {
      yield { type: 'delta', text: 'a' };
    },
  });
  await expect(all(new AudioClient(silent).transcribeStream(talk, { model }))).rejects.toMatchObject({
    code: 'ERR_AUDIO_INTERNAL',
  });
});

test('a source that is none is a mistake in the call', async () => {
  const client = new AudioClient(new ScriptedEngine(20));
  for (const source of [5, null, undefined, {}, []] as never[]) {
    expect(() => client.transcribe(source, { model })).toThrow(TypeError);
    expect(() => client.translate(source, { model })).toThrow(TypeError);
    await expect(all(client.transcribeStream(source, { model }))).rejects.toThrow(TypeError);
  }
});

test('a stream that needs speakers, from engines that have them, or have not', async () => {
  const heard = (speaker: string | undefined) => async (): Promise<Transcript> => ({
    text: 'a',
    duration: 20,
    segments: [{ id: 0, start: 0, end: 1, text: 'a', ...(speaker && { speaker }) }],
  });
  const params = { model, response_format: 'diarized_json' } as const;
  await expect(all(new AudioClient(engine(heard(undefined))).transcribeStream(talk, params))).rejects.toMatchObject({
    code: 'ERR_REQUEST_INVALID',
  });

  // A server that ignores `stream`: its segments become events.
  await using server = await audioServer((_, response) => {
    const segments = [{ type: 'transcript.text.segment', id: 'a', start: 0, end: 1, text: 'a', speaker: 'A' }];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ text: 'a', segments }));
  });
  await using upstream = new UpstreamEngine({ addresses: server.url });
  const events = await all(new AudioClient(upstream).transcribeStream(talk, params));
  expect(events.map(({ type }) => type)).toEqual([
    'transcript.text.delta',
    'transcript.text.segment',
    'transcript.text.done',
  ]);
  expect(events[1]).toMatchObject({ speaker: 'A', start: 0, end: 1 });

  await using plain = await audioServer((_, response) => void response.writeHead(200).end('{"text":"a"}'));
  await using other = new UpstreamEngine({ addresses: plain.url });
  await expect(all(new AudioClient(other).transcribeStream(talk, params))).rejects.toMatchObject({
    code: 'ERR_REQUEST_INVALID',
  });
});

test('damage is told, of a file that is sent as it is, and of parts', async () => {
  const cut = readFileSync(talk).subarray(0, -32_000);
  await using server = await audioServer();
  await using upstream = new UpstreamEngine({ addresses: server.url });
  for (const each of [upstream, new ScriptedEngine(20)]) {
    const told: unknown[] = [];
    const client = new AudioClient(each);
    const { text } = await client.transcribe(cut, { model: 'whisper-1' }, { onDamage: (damage) => told.push(damage) });
    expect(whole.text.startsWith(text.slice(0, -2))).toBe(true);
    expect(told).toMatchObject([{ truncated: true, packets: expect.any(Number) }]);
    await client.transcribe(talk, { model: 'whisper-1' }, { onDamage: () => expect.unreachable() });
    told.length = 0;
    const events = client.transcribeStream(cut, { model: 'whisper-1' }, { onDamage: (damage) => told.push(damage) });
    await all(events);
    expect(told).toHaveLength(1);
  }
});

test('audio of no, one or few samples, of many channels, and of nothing', async () => {
  const scripted = new ScriptedEngine(20);
  const client = new AudioClient(scripted);
  const asked = (source: Uint8Array) => client.transcribe(source, { model }).catch((error) => error);
  expect(await asked(silentWav(1 / 16_000))).toEqual({ text: '' });
  expect(await asked(silentWav(0.05))).toEqual({ text: '' });
  expect(scripted.asked.map(({ data }) => data.length)).toEqual([1, 800]);
  expect(await asked(silentWav(0))).toMatchObject({ code: 'ERR_AUDIO_EMPTY', fault: 'client' });
  expect(await asked(new Uint8Array())).toMatchObject({ fault: 'client' });
  expect(await asked(silentWav(0.1, 16_000, 64))).toEqual({ text: '' });
});

test('one signal for a thousand calls leaves nothing on it, and aborts all that wait', async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error): unknown => warnings.push(warning);
  process.on('warning', warned);
  const { signal } = new AbortController();
  await using server = await audioServer((upload, response) => {
    if (upload.route.endsWith('speech'))
      response.writeHead(200, { 'content-type': 'audio/pcm' }).end(Buffer.alloc(100));
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"text": "a"}');
  });
  await using upstream = new UpstreamEngine({ addresses: server.url });
  const client = new AudioClient(upstream);
  const tone = toneWav(0.2);
  const speech = { model, input: 'a', voice: 'b', response_format: 'pcm' } as const;
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        i % 2 === 0
          ? client.transcribe(tone, { model }, { signal })
          : client.speech(speech, { signal }).then((audio) => audio.bytes()),
      ),
    );
  }
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});

test('abort at every stage: before, while the source is silent, in a callback, while the engine works', async () => {
  const aborted = { name: 'AbortError' };
  const working: EngineRequest[] = [];
  const client = new AudioClient(
    engine(async (_, request) => {
      working.push(request);
      return new Promise<never>(() => {});
    }),
  );
  await expect(client.transcribe(talk, { model }, { signal: AbortSignal.abort() })).rejects.toMatchObject(aborted);

  const silent = new Readable({ read() {} });
  const stop = new AbortController();
  const waiting = client.transcribe(silent, { model }, { signal: stop.signal });
  setImmediate(() => stop.abort());
  await expect(waiting).rejects.toMatchObject(aborted);
  if (!silent.destroyed) await once(silent, 'close');

  const inside = new AbortController();
  const known = (): undefined => inside.abort() as undefined;
  await expect(client.transcribe(talk, { model }, { signal: inside.signal, known })).rejects.toMatchObject(aborted);

  const late = new AbortController();
  const asked = client.transcribe(talk, { model }, { signal: late.signal });
  const count = working.length;
  while (working.length === count) await new Promise((resolve) => setImmediate(resolve));
  late.abort();
  await expect(asked).rejects.toMatchObject(aborted);
  expect(working.at(-1)?.signal.aborted).toBe(true);
});

test('a loader that was closed, and a stream that is left before its first event', async () => {
  const loader = new AudioLoader({ allowedRoot: folder });
  const client = new AudioClient(new ScriptedEngine(20), { loader });
  await loader.close();
  await expect(client.transcribe(talk, { model })).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  const events = client.transcribeStream(talk, { model });
  expect(await events.return()).toEqual({ done: true, value: undefined });
  expect(await events.next()).toEqual({ done: true, value: undefined });
});

test('sources of every kind give the same text', async () => {
  const bytes = readFileSync(talk);
  const copy = join(folder, 'ä b.wav');
  writeFileSync(copy, bytes);
  const client = new AudioClient(new ScriptedEngine(20));
  for (const source of [
    copy,
    bytes,
    new Blob([bytes]),
    new File([bytes], 'a'),
    new Response(bytes),
    Readable.from([bytes.subarray(0, 5), bytes.subarray(5)]),
    new Blob([bytes]).stream(),
    `data:audio/wav;base64,${bytes.toString('base64')}`,
  ]) {
    expect(await client.transcribe(source as never, { model })).toEqual({ text: whole.text });
  }
});
