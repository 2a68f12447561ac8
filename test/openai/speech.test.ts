import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { type DecodedAudio, decode, encode } from '../../dist/index.js';
import { AudioClient, type SpeechFormat } from '../../dist/openai/index.js';
import { service } from '../serve/service.js';
import { fixtures } from '../tower/reference.js';
import { audioServer, type Behaviour, events } from './server.js';

/** Speech while it arrives: from servers by the official SDK, and through the gateway. */

const formats: readonly SpeechFormat[] = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'];
const types = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};
const asked = { model: 'tts-1', voice: 'alloy', input: 'Hello.' } as const;

const spoken: DecodedAudio = await decode(join(fixtures, 'speech/speech.wav'), { sampleRate: 24_000 });

async function file(format: SpeechFormat): Promise<Uint8Array> {
  if (format !== 'pcm') return encode(spoken, { format, ...(format === 'wav' && { bitDepth: 16 }) });
  return (await encode(spoken, { format: 'wav', bitDepth: 16 })).subarray(44);
}

const client = (url: string) => new AudioClient(new OpenAI({ baseURL: url, apiKey: 'key-of-the-user', maxRetries: 0 }));

/** Half of a file, and the rest when it is told to. */
function halves(bytes: Uint8Array, type: string): { behaviour: Behaviour; goOn: (rest: boolean) => void } {
  let goOn = (_: boolean): void => {};
  const told = new Promise<boolean>((resolve) => {
    goOn = resolve;
  });
  const half = bytes.length >> 1;
  const behaviour: Behaviour = async (_, response) => {
    response.writeHead(200, { 'content-type': type }).write(bytes.subarray(0, half));
    if (await told) response.end(bytes.subarray(half));
    else response.destroy();
  };
  return { behaviour, goOn };
}

test.each(formats)('%s: samples come while the server is still speaking, and all of them', async (format) => {
  const bytes = await file(format);
  const { behaviour, goOn } = halves(bytes, types[format]);
  await using server = await audioServer(behaviour);
  const speech = await client(server.url).speech({ ...asked, response_format: format });
  let frames = 0;
  for await (const chunk of speech.frames()) {
    frames += chunk.frames;
    // The second half is sent only when samples of the first are here.
    if (frames > 0) goOn(true);
  }
  const raw = format === 'pcm' ? { raw: { codec: 'pcm_s16le', sampleRate: 24_000, channels: 1 } as const } : {};
  expect(frames).toBe((await decode(bytes, raw)).frames);
  expect(() => speech.stream()).toThrow('read already');
});

test.each(formats)('%s: a stream that is cut gives what came, and then a typed error', async (format) => {
  const { behaviour, goOn } = halves(await file(format), types[format]);
  await using server = await audioServer(behaviour);
  const speech = await client(server.url).speech({ ...asked, response_format: format });
  let frames = 0;
  const reading = async () => {
    for await (const chunk of speech.frames()) {
      frames += chunk.frames;
      goOn(false);
    }
  };
  await expect(reading()).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_(SERVICE_FAILED|AUDIO_SOURCE)$/) });
  expect(frames).toBeGreaterThan(2400);
});

test('pcm has the rate that the server names, wherever it does', async () => {
  for (const headers of [
    { 'content-type': 'audio/pcm;rate=22050' },
    { 'content-type': 'audio/pcm_s16le', 'x-sample-rate': '22050' },
  ]) {
    await using server = await audioServer(
      (_, response) => void response.writeHead(200, headers).end(Buffer.alloc(22_050 * 2)),
    );
    const speech = await client(server.url).speech({ ...asked, response_format: 'pcm' });
    expect(await speech.decode()).toMatchObject({ sampleRate: 22_050, duration: 1 });
  }
  await using server = await audioServer(
    (_, response) => void response.writeHead(200, { 'content-type': 'audio/pcm' }).end(Buffer.alloc(48_000)),
  );
  const ask = { ...asked, response_format: 'pcm' } as const;
  expect(await (await client(server.url).speech(ask)).decode()).toMatchObject({ sampleRate: 24_000, duration: 1 });
  expect(await (await client(server.url).speech(ask, { pcmSampleRate: 16_000 })).decode()).toMatchObject({
    duration: 1.5,
  });
});

test('audio in events; bytes as they are', async () => {
  const bytes = await file('mp3');
  const pieces = Array.from({ length: 10 }, (_, i) =>
    bytes.subarray((i * bytes.length) / 10, ((i + 1) * bytes.length) / 10),
  );
  const deltas = pieces.map((each) => ({ type: 'speech.audio.delta', audio: Buffer.from(each).toString('base64') }));
  await using server = await audioServer((_, response) => {
    events(response, [...deltas, { type: 'speech.audio.done' }]);
    response.end();
  });
  const speech = await client(server.url).speech({ ...asked, stream_format: 'sse' });
  expect(Buffer.from(await speech.bytes()).equals(Buffer.from(bytes))).toBe(true);
  await using cut = await audioServer((_, response) => {
    events(response, deltas.slice(0, 5));
    response.end();
  });
  const half = await client(cut.url).speech({ ...asked, stream_format: 'sse' });
  await expect(half.bytes()).rejects.toMatchObject({ code: 'ERR_SERVICE_FAILED' });
});

test('abort ends the answer', async () => {
  const { behaviour } = halves(await file('wav'), 'audio/wav');
  await using server = await audioServer(behaviour);
  const stop = new AbortController();
  const speech = await client(server.url).speech({ ...asked, response_format: 'wav' }, { signal: stop.signal });
  const reading = speech.bytes();
  setTimeout(() => stop.abort(), 20);
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  while (server.left === 0) await sleep(5);
});

test('through the gateway: every format, from an engine that gives samples', async () => {
  const engine = {
    models: () => [],
    maxSeconds: () => 30,
    transcribe: () => Promise.reject(new Error('not asked')),
    speech: async () => ({
      samples: (async function* () {
        for (let at = 0; at < spoken.frames; at += 2400)
          yield { data: spoken.data.subarray(at, at + 2400), sampleRate: 24_000 };
      })(),
    }),
  };
  await using app = await service({ engine });
  const sdk = new OpenAI({ baseURL: `${app.url}/v1`, apiKey: 'none-needed', maxRetries: 0 });
  for (const response_format of formats) {
    const response = await sdk.audio.speech.create({ ...asked, response_format });
    expect(response.headers.get('content-type')).toBe(types[response_format]);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const raw =
      response_format === 'pcm' ? { raw: { codec: 'pcm_s16le', sampleRate: 24_000, channels: 1 } as const } : {};
    const audio = await decode(bytes, { ...raw, sampleRate: 24_000 });
    // ADTS has no field for the delay of the encoder; a stream of MP3 cannot say how much its last frame is filled.
    const more = { aac: 2048, mp3: 1200 }[response_format as string] ?? 0;
    expect(audio.frames - spoken.frames, response_format).toBeGreaterThanOrEqual(0);
    expect(audio.frames - spoken.frames, response_format).toBeLessThanOrEqual(more);
  }
});

test('what an upstream gives in another format is encoded again', async () => {
  const wav = readFileSync(join(fixtures, 'speech/speech.wav'));
  await using server = await audioServer(
    (_, response) => void response.writeHead(200, { 'content-type': 'audio/wav' }).end(wav),
  );
  const { UpstreamEngine } = await import('../../dist/openai/index.js');
  await using engine = new UpstreamEngine({ addresses: server.url });
  await using app = await service({ engine });
  const sdk = new OpenAI({ baseURL: `${app.url}/v1`, apiKey: 'none-needed', maxRetries: 0 });
  const codecs = { mp3: 'mp3', opus: 'opus', aac: 'aac' } as const;
  for (const response_format of ['mp3', 'opus', 'aac'] as const) {
    const response = await sdk.audio.speech.create({ ...asked, response_format });
    const { source } = await decode(new Uint8Array(await response.arrayBuffer()));
    expect(source.codec).toBe(codecs[response_format]);
  }
});
