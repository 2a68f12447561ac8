import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type AudioEngine, UpstreamEngine } from '../../dist/openai/index.js';
import { ScriptedEngine } from '../openai/scripted.js';
import { audioServer, type Behaviour } from '../openai/server.js';
import { slowness } from '../safe/outcome.js';
import { toneWav } from '../safe/sounds.js';
import { errorOf, form, post, service } from './service.js';

/** Upstreams, engines and clients that lie, stall or leave: each failure is whose it is, and every place is given back. */

const model = 'scripted';
const tone = toneWav(0.3);
const asked = { model: 'tts-1', voice: 'alloy', input: 'Hello.' };

const withUpstream = async <Result>(behaviour: Behaviour, use: (url: string) => Promise<Result>): Promise<Result> => {
  await using server = await audioServer(behaviour);
  await using engine = new UpstreamEngine({ addresses: server.url, retries: 0 });
  await using app = await service({ engine });
  return await use(app.url);
};

for (const [what, behaviour] of Object.entries<Behaviour>({
  nothing: (_, response) => void response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(),
  'a page': (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  'an error with the status 200': (_, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end('{"error":{"message":"no voice"}}'),
  'noise that is no file': (_, response) =>
    void response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(Buffer.alloc(5000, 7)),
  'headers, and then it dies': (_, response) => {
    response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': '90000' }).write(tone.subarray(0, 50));
    setTimeout(() => response.destroy(), 20);
  },
})) {
  for (const response_format of ['mp3', 'pcm'] as const) {
    // Whatever is no file may be PCM.
    if (what === 'noise that is no file' && response_format === 'pcm') continue;
    test(`speech as ${response_format}, and the upstream gives ${what}: it is not blamed on the client`, async () => {
      const [status, error] = await withUpstream(behaviour, async (url) => {
        const response = await post(`${url}/v1/audio/speech`, { ...asked, response_format });
        return [response.status, await errorOf(response)];
      });
      expect([status, error]).toMatchObject([502, { type: 'server_error', code: 'ERR_SERVICE_FAILED' }]);
    });
  }
}

test('an engine that throws anything: it is the fault of the service, and what it threw is in no answer', async () => {
  for (const thrown of [
    undefined,
    'secret',
    Object.assign(new Error('secret'), { statusCode: 404 }),
    new RangeError('options.secret'),
  ]) {
    const fails = () => Promise.reject(thrown);
    const engine: AudioEngine = {
      models: fails,
      maxSeconds: () => 30,
      transcribe: fails,
      translate: fails,
      speech: fails,
    };
    await using app = await service({ engine });
    const answers = await Promise.all([
      post(`${app.url}/v1/audio/transcriptions`, form({ model })),
      post(`${app.url}/v1/audio/transcriptions`, form({ model, stream: 'true' })),
      post(`${app.url}/v1/audio/translations`, form({ model })),
      post(`${app.url}/v1/audio/speech`, asked),
      fetch(`${app.url}/v1/models`),
    ]);
    for (const answer of answers) {
      const text = await answer.text();
      expect([500, 503]).toContain(answer.status);
      expect(JSON.parse(text).error.code).toBe('ERR_AUDIO_INTERNAL');
      expect(text).not.toContain('secret');
    }
  }
});

test('an engine whose list of models never comes: 504', { timeout: 20_000 * slowness }, async () => {
  const engine: AudioEngine = Object.assign(new ScriptedEngine(30), { models: () => new Promise<never>(() => {}) });
  await using app = await service({ engine });
  const response = await fetch(`${app.url}/v1/models`);
  expect([response.status, await errorOf(response)]).toMatchObject([504, { code: 'ERR_AUDIO_LIMIT' }]);
});

test('damage is said in a header', async () => {
  await using app = await service({ engine: new ScriptedEngine(30) });
  const cut = readFileSync(new URL('../fixtures/speech/speech.wav', import.meta.url)).subarray(0, 20_000);
  const ask = (body: Uint8Array) =>
    fetch(`${app.url}/v1/audio/transcriptions?model=a`, {
      method: 'POST',
      body: body as Uint8Array<ArrayBuffer>,
      headers: { 'content-type': 'audio/wav' },
    });
  const warnings = (await ask(cut)).headers.get('x-audio-warnings');
  expect(JSON.parse(warnings ?? '')).toEqual(['the audio ends before the end that it states']);
  expect((await ask(tone)).headers.get('x-audio-warnings')).toBe(null);
});

test('names that look like headers, paths or parts of a form stay names', async () => {
  const seen: unknown[] = [];
  await withUpstream(
    (upload, response) => {
      seen.push(upload.fields);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"text":"a"}');
    },
    async (url) => {
      const names = [
        'a\r\nx-evil: 1',
        '--cochlea\r\ncontent-disposition: form-data; name="file"\r\n\r\nb',
        '../é"; x="',
      ];
      for (const name of names) {
        const response = await post(`${url}/v1/audio/transcriptions`, form({ model: name, prompt: name }));
        expect([response.status, response.headers.get('x-evil')]).toEqual([200, null]);
        expect(seen.at(-1)).toMatchObject({ model: name, prompt: name });
      }
      for (const address of [
        '/etc/passwd',
        'file:///etc/passwd',
        'http://127.0.0.1/',
        'https://[::1]/',
        '-',
        '/dev/stdin',
      ]) {
        const response = await post(`${url}/v1/audio/transcriptions`, { model, audio_url: address });
        expect(response.status).toBe(400);
      }
      for (const field of ['__proto__', 'constructor', 'file', 'model[]', 'stream[a]', 'response_format[]']) {
        const fields = form({ model, [field]: 'json' });
        expect((await post(`${url}/v1/audio/transcriptions`, fields)).status).toBe(400);
      }
    },
  );
  expect(seen).toHaveLength(3);
});

test('clients that leave at every stage give back their places', { timeout: 30_000 * slowness }, async () => {
  const stalling: Behaviour = async ({ route, fields }, response) => {
    if (route.endsWith('/speech')) {
      response
        .writeHead(200, { 'content-type': 'audio/mpeg' })
        .write(Buffer.from([0xff, 0xfb, 0x90, 0, ...Buffer.alloc(100)]));
    } else if (fields.stream === 'true') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"type":"transcript.text.delta","delta":"a"}\n\n');
    }
  };
  await using server = await audioServer(stalling);
  await using engine = new UpstreamEngine({ addresses: server.url, retries: 0 });
  await using app = await service({ engine, limits: { concurrency: 8, queue: 200 } });
  const leave = async (path: string, body: BodyInit, after: number, type?: string): Promise<void> => {
    const stop = new AbortController();
    const request = { method: 'POST', body, signal: stop.signal, ...(type && { headers: { 'content-type': type } }) };
    const read = fetch(`${app.url}${path}`, request)
      .then((response) => response.text())
      .catch(() => {});
    await sleep(after);
    stop.abort();
    await read;
  };
  const one = (i: number): Promise<void> => {
    const after = (i * 7) % 60;
    if (i % 3 === 0) return leave('/v1/audio/speech', JSON.stringify(asked), after, 'application/json');
    return leave('/v1/audio/transcriptions', form({ model, ...(i % 3 === 1 && { stream: 'true' }) }), after);
  };
  await Promise.all(Array.from({ length: 100 }, (_, i) => one(i)));
  const value = async (name: string): Promise<number> => {
    const text = await (await fetch(`${app.url}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
    return Number(line?.split(' ').at(-1));
  };
  for (const name of ['cochlea_requests_running', 'cochlea_requests_waiting', 'cochlea_bodies_bytes']) {
    expect([name, await value(name)]).not.toEqual([name, Number.NaN]);
    while ((await value(name)) !== 0) await sleep(10);
  }
  while (engine.stats[0]?.requests !== 0) await sleep(10);
});
