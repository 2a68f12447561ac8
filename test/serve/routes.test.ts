import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FeatureExtractor } from '../../dist/features/index.js';
import { type DecodeOptions, decode, encode, readNpy, readSafetensors, type Tensor } from '../../dist/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { HttpSender, InlineSender, TensorReceiver } from '../../dist/transfer/index.js';
import { type EncodedItem, EncodeWorker } from '../../dist/worker/index.js';
import { fixtures, towerFolder } from '../tower/reference.js';
import { errorOf, form, post, type Service, service, speech } from './service.js';

const base64 = speech.toString('base64');
let tower: AudioTower;
let app: Service;
let http: HttpSender;

beforeAll(async () => {
  tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
  app = await service({
    transfers: (url) => {
      http = new HttpSender({ url: `${url}/v1/tensors` });
      return [http];
    },
    worker: (loader) => new EncodeWorker({ loader, tower, transfer: new InlineSender(), model: 'small' }),
  });
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await Promise.all([http.close(), tower.close()]);
});

async function bytesOf(response: Response): Promise<Buffer> {
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}

/** The three ways to give one clip. */
const ways: Record<string, (path: string, parameters: Record<string, string | number>) => Promise<Response>> = {
  'the body itself': (path, parameters) => {
    const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
    return post(`${app.url}${path}?${query}`, new Uint8Array(speech), { 'content-type': 'audio/mpeg' });
  },
  'a form': (path, parameters) =>
    post(`${app.url}${path}`, form(Object.fromEntries(Object.entries(parameters).map(([k, v]) => [k, String(v)])))),
  'base64 in JSON': (path, parameters) => post(`${app.url}${path}`, { input_audio: { data: base64 }, ...parameters }),
  'a data URL in JSON': (path, parameters) =>
    post(`${app.url}${path}`, { audio_url: { url: `data:audio/mpeg;base64,${base64}` }, ...parameters }),
};

// ffmpeg and PyAV, by test/fixtures/manifest.json.
test.each(['formats/flac-5.1.flac', 'speech/speech.m4a', 'formats/wav-extensible-7.1.wav'])(
  'an answer says what %s is, beside what was made of it',
  async (name) => {
    const { files } = JSON.parse(readFileSync(join(fixtures, 'manifest.json'), 'utf8'));
    const { container, codec, sampleRate, channels, channelLayout } = files.find(
      ({ file }: { file: string }) => file === name,
    );
    const bytes = new Uint8Array(readFileSync(join(fixtures, name)));
    for (const path of ['/v1/audio/decode?sample_rate=16000', '/v1/audio/features']) {
      const response = await post(`${app.url}${path}`, bytes, { 'content-type': 'application/octet-stream' });
      const source = JSON.parse(response.headers.get('x-audio-source') ?? '');
      expect(source).toMatchObject({
        container,
        codec,
        sample_rate: sampleRate,
        channels,
        channel_layout: channelLayout,
      });
      expect(response.headers.get('x-audio-sample-rate')).toBe('16000');
    }
  },
);

describe.each(Object.entries(ways))('decode: %s', (_, send) => {
  const options: DecodeOptions = { sampleRate: 16_000, channels: 1, start: 0.5, end: 2 };
  const asked = { sample_rate: 16_000, start: 0.5, end: 2 };

  test('wav is what encode makes of decode', async () => {
    const response = await send('/v1/audio/decode', asked);
    const audio = await decode(speech, options);
    expect(Buffer.compare(await bytesOf(response), Buffer.from(await encode(audio, { format: 'wav' })))).toBe(0);
    expect(response.headers.get('content-type')).toBe('audio/wav');
    expect(response.headers.get('x-audio-frames')).toBe(String(audio.frames));
    expect(response.headers.get('x-audio-sample-rate')).toBe('16000');
    expect(response.headers.get('server-timing')).toMatch(/^load;dur=[\d.]+, encode;dur=[\d.]+$/);
  });

  test('flac of 24 bits', async () => {
    const response = await send('/v1/audio/decode', { ...asked, response_format: 'flac', bit_depth: 24 });
    const expected = await encode(await decode(speech, options), { format: 'flac', bitDepth: 24 });
    expect(Buffer.compare(await bytesOf(response), Buffer.from(expected))).toBe(0);
    expect(response.headers.get('content-type')).toBe('audio/flac');
  });

  test('f32 and npy are the samples', async () => {
    const { data } = await decode(speech, options);
    const f32 = await bytesOf(await send('/v1/audio/decode', { ...asked, response_format: 'f32' }));
    expect(Buffer.compare(f32, Buffer.from(data.buffer, data.byteOffset, data.byteLength))).toBe(0);
    const npy = readNpy(await bytesOf(await send('/v1/audio/decode', { ...asked, response_format: 'npy' })));
    expect(npy.shape).toEqual([data.length]);
    expect(npy.data).toEqual(data);
  });
});

test('features: safetensors, npy and base64 hold what the extractor computes', async () => {
  const audio = await decode(speech, { sampleRate: 16_000 });
  const { inputFeatures, featureAttentionMask, frames } = await FeatureExtractor.whisper({ mels: 80 }).extract(audio, {
    padding: 'longest',
  });
  const ask = (response_format: string) =>
    post(`${app.url}/v1/audio/features`, form({ mels: '80', padding: 'longest', response_format }));
  const { tensors } = readSafetensors(await bytesOf(await ask('safetensors')));
  expect(tensors.input_features).toEqual(inputFeatures);
  expect(tensors.feature_attention_mask).toEqual(featureAttentionMask);
  expect(readNpy(await bytesOf(await ask('npy')))).toEqual(inputFeatures);
  const json = (await (await ask('base64')).json()) as Record<string, { data: string; shape: number[] }>;
  const bytes = Buffer.from(json.input_features?.data ?? '', 'base64');
  expect(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)).toEqual(inputFeatures.data);
  expect(json).toMatchObject({ frames: frames[0], duration: audio.duration, warnings: [] });
});

describe('embeddings', () => {
  const embedded = async () => (await tower.embed(await decode(speech, { sampleRate: 16_000 }))).audioFeatures;
  const items = [{ input_audio: { data: base64 }, id: 'a' }];

  test('in JSON: numbers, and base64 of either order', async () => {
    const expected = await embedded();
    const [tokens = 0, dimension = 0] = expected.shape;
    const answer = await post(`${app.url}/v1/audio/embeddings`, { items });
    const list = (await answer.json()) as { data: { embedding: number[][] }[] };
    expect(list).toMatchObject({
      object: 'list',
      model: 'small',
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
    expect(list.data[0]).toMatchObject({ index: 0, id: 'a', shape: [tokens, dimension], dtype: 'float32', tokens });
    expect(list.data[0]?.embedding.length).toBe(tokens);
    expect(Float32Array.from(list.data[0]?.embedding.flat() ?? [])).toEqual(expected.data);
    for (const endianness of ['native', 'little', 'big']) {
      const body = { items, encoding_format: 'base64', endianness };
      const { data } = (await (await post(`${app.url}/v1/audio/embeddings`, body)).json()) as {
        data: { embedding: string }[];
      };
      const bytes = Buffer.from(data[0]?.embedding ?? '', 'base64');
      if (endianness === 'big') bytes.swap32();
      expect(new Float32Array(Uint8Array.from(bytes).buffer)).toEqual(expected.data);
    }
  });

  test('as safetensors, and as vLLM has bytes: all clips, each in its place', async () => {
    const { data, shape } = await embedded();
    const two = form({}, [speech, speech]);
    const file = await post(`${app.url}/v1/audio/embeddings`, two, { accept: 'application/vnd.safetensors' });
    const { tensors } = readSafetensors(await bytesOf(file));
    expect(Object.keys(tensors)).toEqual(['0', '1']);
    expect(tensors['1']).toEqual({ data, shape, dtype: 'float32' });
    const raw = await post(`${app.url}/v1/audio/embeddings`, form({ encoding_format: 'bytes' }, [speech, speech]));
    const bytes = await bytesOf(raw);
    const metadata = JSON.parse(raw.headers.get('metadata') ?? '');
    const size = data.byteLength;
    const common = { embed_dtype: 'float32', endianness: 'little', shape };
    expect(metadata.data).toEqual([
      { index: 0, ...common, start: 0, end: size },
      { index: 1, ...common, start: size, end: 2 * size },
    ]);
    expect(new Float32Array(Uint8Array.from(bytes.subarray(size)).buffer)).toEqual(data);
  });

  test.each(['inline', 'http'])('as lines, handed over by %s', async (transfer) => {
    const expected = await embedded();
    const accept = { accept: 'application/x-ndjson' };
    const answer = await post(`${app.url}/v1/audio/embeddings`, { items: [...items, ...items], transfer }, accept);
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ summary: { items: 2, failed: 0 } });
    await using receiver = new TensorReceiver({ origins: [new URL(app.url).origin] });
    for (const { transfer: descriptor } of lines.slice(0, 2) as EncodedItem[]) {
      expect(descriptor.mode).toBe(transfer);
      const { tensor } = await receiver.receive(descriptor);
      expect((tensor as Tensor).data).toEqual(expected.data);
    }
  });

  test('a clip that fails leaves its neighbour alone; if none is left, its error is that of the request', async () => {
    const bad = { input_audio: { data: Buffer.from('no audio at all').toString('base64') }, id: 'bad' };
    const answer = await post(`${app.url}/v1/audio/embeddings`, { items: [bad, ...items], encoding_format: 'base64' });
    expect(answer.status).toBe(200);
    const { data, summary } = (await answer.json()) as { data: Record<string, unknown>[]; summary: object };
    expect(data[0]).toMatchObject({ index: 0, id: 'bad', error: { code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER' } });
    expect(data[1]).toMatchObject({ index: 1, id: 'a', dtype: 'float32' });
    expect(summary).toMatchObject({ items: 2, failed: 1 });
    const alone = await post(`${app.url}/v1/audio/embeddings`, { items: [bad] });
    expect(alone.status).toBe(415);
    expect(await errorOf(alone)).toMatchObject({ code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER', fault: 'client' });
  });

  test('pooled: the mean of the tokens, of length 1, as OpenAI lists it', async () => {
    const { data, shape } = await embedded();
    const [tokens = 0, dimension = 0] = shape;
    const mean = Array.from({ length: dimension }, (_, axis) => {
      let sum = 0;
      for (let token = 0; token < tokens; token++) sum += Number(data[token * dimension + axis]);
      return sum / tokens;
    });
    const length = Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0));
    const input = `data:audio/mpeg;base64,${base64}`;
    const answer = await post(`${app.url}/v1/embeddings`, { input: [input, input], modality: 'audio', model: 'small' });
    const list = (await answer.json()) as { data: { embedding: number[] }[] };
    expect(list).toMatchObject({ object: 'list', model: 'small', usage: { total_tokens: 2 * tokens } });
    for (const { embedding } of list.data) {
      // The mean is of float32 numbers in float64, then rounded to float32 once: 2^-24 of the largest.
      const errors = embedding.map((value, axis) => Math.abs(value - (mean[axis] ?? 0) / length));
      expect(Math.max(...errors)).toBeLessThan(1e-7);
    }
    const wrong = await post(`${app.url}/v1/embeddings`, { input: 'x', modality: 'text' });
    expect(wrong.status).toBe(400);
    expect(await errorOf(wrong)).toMatchObject({
      type: 'invalid_request_error',
      param: null,
      code: 'ERR_REQUEST_INVALID',
    });
  });
});

test('models, health, metrics, documents', async () => {
  const get = async (path: string) => (await fetch(`${app.url}${path}`)).json();
  expect(await get('/v1/models')).toMatchObject({ object: 'list', data: [{ id: 'small', object: 'model' }] });
  expect(await get('/health')).toEqual({ status: 'ok' });
  expect(await get('/health/ready')).toEqual({ status: 'ready' });
  const paths = Object.keys(((await get('/openapi.json')) as { paths: object }).paths);
  expect(paths).toEqual(expect.arrayContaining(['/v1/audio/decode', '/v1/audio/embeddings', '/v1/embeddings']));
  expect((await fetch(`${app.url}/docs/`)).status).toBe(200);
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  for (const stage of ['decode', 'features', 'tower', 'transfer']) {
    expect(metrics).toMatch(new RegExp(`cochlea_stage_duration_seconds_count\\{stage="${stage}"\\} [1-9]`));
  }
  expect(metrics).toMatch(/cochlea_request_duration_seconds_count\{route="\/v1\/audio\/decode",status="200"\} [1-9]/);
  expect(metrics).toMatch(/cochlea_audio_seconds_total [1-9]/);
  expect(metrics).toContain('cochlea_requests_waiting 0');
});
