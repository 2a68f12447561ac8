import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, encode, type Tensor, toBfloat16, toFloat16 } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { FileSender, HttpSender, InlineSender, TensorReceiver } from '../../dist/transfer/index.js';
import {
  EmbeddingCache,
  type EncodedItem,
  type EncodeResponse,
  EncodeWorker,
  type EncodeWorkerOptions,
  type FailedItem,
} from '../../dist/worker/index.js';
import { temporaryFolder } from '../cli/command.js';
import { fixtures, noise, towerFolder } from '../tower/reference.js';

const speech = join(fixtures, 'speech/speech.flac');
let tower: AudioTower;
let loader: AudioLoader;

beforeAll(async () => {
  tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
  loader = new AudioLoader();
});

afterAll(async () => {
  await Promise.all([tower.close(), loader.close()]);
});

function workerOf(options: Partial<EncodeWorkerOptions> = {}): EncodeWorker {
  return new EncodeWorker({ loader, tower, transfer: new InlineSender(), ...options });
}

async function all(responses: AsyncIterable<EncodeResponse>): Promise<EncodeResponse[]> {
  const list: EncodeResponse[] = [];
  for await (const response of responses) list.push(response);
  return list;
}

/** 16-bit samples, so that WAV and FLAC hold the same. */
async function clip(samples: number, seed: number, format: 'wav' | 'flac' = 'wav'): Promise<string> {
  const { data } = noise(samples, seed);
  const rounded = data.map((sample) => Math.round(sample * 8192) / 32768);
  const bytes = await encode({ data: rounded, sampleRate: 16_000 }, { format, bitDepth: 16 });
  return Buffer.from(bytes).toString('base64');
}

const part = (data: string) => ({ type: 'input_audio', input_audio: { data, format: 'wav' } });

describe('forms of a request', () => {
  test.each(['float32', 'float16', 'bfloat16'] as const)(
    'items, in %s: the embeddings of tower.embed, each in its own place',
    async (dtype) => {
      const folder = temporaryFolder();
      await using transfer = new FileSender({ folder });
      await using receiver = new TensorReceiver({ folders: [folder] });
      const sizes = [16_000, 48_000, 8000];
      const clips = await Promise.all(sizes.map((size, seed) => clip(size, seed)));
      const items = clips.map((data, index) => ({ input_audio: { data }, id: `clip ${index}` }));
      const responses = await all(workerOf({ transfer }).generate({ items, dtype, request_id: 'mine' }));
      expect(responses.at(-1)).toMatchObject({
        summary: { request_id: 'mine', items: 3, failed: 0, tokens: 112, duration: 4.5 },
      });
      const encoded = (responses.slice(0, -1) as EncodedItem[]).toSorted((a, b) => a.index - b.index);
      expect(encoded.map(({ id }) => id)).toEqual(['clip 0', 'clip 1', 'clip 2']);
      for (const [index, item] of encoded.entries()) {
        const audio = await decode(Buffer.from(clips[index] ?? '', 'base64'), { sampleRate: 16_000 });
        const { audioFeatures } = await tower.embed(audio);
        const float32 = audioFeatures as Tensor<Float32Array>;
        const converted = {
          float32: async (same: Tensor<Float32Array>) => same,
          float16: toFloat16,
          bfloat16: toBfloat16,
        };
        const { tensor } = await receiver.receive(item.transfer);
        expect(tensor).toEqual(await converted[dtype](float32));
        expect(item).toMatchObject({
          embeddings_shape: tensor.shape,
          embedding_dtype: dtype,
          tokens: tensor.shape[0],
          duration: audio.duration,
          warnings: [],
        });
      }
    },
  );

  test('the messages of a chat: every clip of the whole history, in order', async () => {
    const [first, second] = [await clip(16_000, 1), await clip(32_000, 2)];
    const messages = [
      { role: 'system', content: 'You listen.' },
      { role: 'user', content: [part(first), { type: 'text', text: 'And?' }] },
      { role: 'assistant', content: 'Noise.' },
      { role: 'user', content: [{ type: 'audio_url', audio_url: { url: `data:audio/wav;base64,${second}` } }] },
    ];
    const responses = (await all(workerOf().generate({ messages }))) as EncodedItem[];
    const tokens = Object.fromEntries(responses.slice(0, -1).map(({ index, tokens }) => [index, tokens]));
    expect(tokens).toEqual({ 0: 25, 1: 50 });
  });

  test("Dynamo's request: the embeddings take the place of the address, and other fields stay", async () => {
    const folder = temporaryFolder();
    await using transfer = new FileSender({ folder });
    const audio_url = `data:audio/wav;base64,${await clip(16_000, 1)}`;
    const request = {
      request_id: '7',
      multimodal_input: { audio_url, other: 1 },
      engine_prompt: { prompt_token_ids: [1, 2] },
      sampling_params: { temperature: 0 },
    };
    const [item] = (await all(workerOf({ transfer }).generate(request))) as [EncodedItem];
    expect(item.request).toEqual({
      ...request,
      multimodal_input: { audio_url: null, other: 1 },
      embeddings_shape: [25, 48],
      embedding_dtype_str: 'float32',
      serialized_request: (item.transfer as { path: string }).path,
    });
  });

  test('bytes, a range of them, and audio that was cut: in process', async () => {
    const short = new AudioLoader({ maxSeconds: 1, overLength: 'truncate' });
    const worker = workerOf({ loader: short });
    const items = [
      { bytes: await encode(noise(48_000, 3), { format: 'wav' }) },
      { bytes: await encode(noise(48_000, 3), { format: 'wav' }), options: { start: 2.5 } },
    ];
    const [a, b] = (await all(worker.generate({ items }))) as [EncodedItem, EncodedItem];
    const byIndex = [a, b].toSorted((x, y) => x.index - y.index);
    expect(byIndex).toMatchObject([
      { duration: 1, warnings: ['the audio was cut at 1 s, the longest that is allowed'] },
      { duration: 0.5, warnings: [] },
    ]);
    await short.close();
  });
});

test('a clip that fails leaves its neighbours alone, and says what a client may know', async () => {
  const items = [
    { audio_url: 'https://127.0.0.1/secret.wav' },
    { input_audio: { data: 'AAAA' } },
    { input_audio: { data: await clip(16_000, 1) }, id: 'good' },
    { audio_url: 'file:///etc/passwd' },
    { audio_url: '/etc/passwd' },
    { input_audio: { data: await clip(200, 1) } },
    { bytes: await encode(noise(16_000 * 31, 1), { format: 'wav' }) },
    { input_audio: { data: await clip(16_000, 1) }, options: { start: 2, end: 1 } },
    { input_audio: { data: await clip(16_000, 1) }, options: { start: 2 } },
  ];
  const responses = await all(workerOf().generate({ items }));
  expect(responses.at(-1)).toMatchObject({ summary: { items: 9, failed: 8, tokens: 25 } });
  const failed = Object.fromEntries(
    responses.filter((each): each is FailedItem => 'error' in each).map(({ index, error }) => [index, error]),
  );
  expect(Object.fromEntries(Object.entries(failed).map(([index, { code }]) => [index, code]))).toEqual({
    0: 'ERR_FETCH_REFUSED',
    1: 'ERR_AUDIO_UNSUPPORTED_CONTAINER',
    3: 'ERR_FETCH_REFUSED',
    4: 'ERR_FETCH_REFUSED',
    5: 'ERR_AUDIO_TOO_SHORT',
    6: 'ERR_AUDIO_LIMIT',
    7: 'ERR_REQUEST_INVALID',
    8: 'ERR_AUDIO_RANGE',
  });
  for (const error of Object.values(failed)) {
    expect(Object.keys(error).toSorted()).toEqual(['code', 'fault', 'message', 'remedy', 'retryable']);
    expect(error).toMatchObject({ fault: 'client', retryable: false });
    expect(error.message).not.toMatch(/node_modules|dist\/|at .*:\d+/);
  }
});

describe('content_id', () => {
  const ids = async (worker: EncodeWorker, ...data: string[]): Promise<string[]> => {
    const items = data.map((each) => ({ input_audio: { data: each } }));
    const responses = (await all(worker.generate({ items }))) as EncodedItem[];
    return responses
      .slice(0, -1)
      .toSorted((a, b) => a.index - b.index)
      .map(({ content_id }) => content_id);
  };

  test('is the same for equal samples of any container, and another one for other samples', async () => {
    const [wav, flac, other] = await ids(
      workerOf(),
      await clip(16_000, 1, 'wav'),
      await clip(16_000, 1, 'flac'),
      await clip(16_000, 2),
    );
    expect(wav).toMatch(/^[0-9a-f]{16}$/);
    expect(flac).toBe(wav);
    expect(other).not.toBe(wav);
  });

  test('is another one for another model, and for another treatment of long audio', async () => {
    const data = await clip(16_000, 1);
    await using whisper = await AudioTower.load(towerFolder('whisper'), { provider: 'cpu' });
    const workers = [
      workerOf(),
      workerOf({ long: 'windows' }),
      workerOf({ long: 'split' }),
      workerOf({ tower: whisper }),
    ];
    const all = (await Promise.all(workers.map((worker) => ids(worker, data)))).flat();
    expect(new Set(all).size).toBe(4);
  });

  test('is how the cache finds embeddings again, from whatever file', async () => {
    const cache = new EmbeddingCache({ maxBytes: 1e6 });
    const worker = workerOf({ cache });
    const first = (await all(worker.generate({ items: [{ input_audio: { data: await clip(16_000, 1) } }] })))[0];
    const second = (
      await all(worker.generate({ items: [{ input_audio: { data: await clip(16_000, 1, 'flac') } }] }))
    )[0];
    expect(cache.stats).toMatchObject({ entries: 1, hits: 1, misses: 1, bytes: 25 * 48 * 4 });
    expect((second as EncodedItem).transfer).toMatchObject({ digest: (first as EncodedItem).transfer.digest });
    // Each element type has its own entry.
    await all(worker.generate({ items: [{ input_audio: { data: await clip(16_000, 1) } }], dtype: 'float16' }));
    expect(cache.stats).toMatchObject({ entries: 2, bytes: 25 * 48 * 6 });
  });
});

describe('whoever leaves early leaves nothing behind', () => {
  const items = async (count: number) => {
    const data = await clip(16_000, 1);
    return Array.from({ length: count }, () => ({ input_audio: { data } }));
  };

  /** A sender that holds what it sends. */
  const held = () => new HttpSender({ url: 'http://127.0.0.1:1/tensors' });

  test.each([
    [
      'break',
      async (responses: AsyncGenerator<EncodeResponse>) => {
        for await (const _ of responses) break;
      },
    ],
    ['return() before the first response', (responses) => responses.return()],
    [
      'an error in the loop',
      async (responses) => {
        const loop = async () => {
          for await (const _ of responses) throw new Error('mine');
        };
        await expect(loop()).rejects.toThrow('mine');
      },
    ],
  ] as [string, (responses: AsyncGenerator<EncodeResponse>) => Promise<unknown>][])('%s', async (_, leave) => {
    const transfer = held();
    const worker = workerOf({ transfer });
    await leave(worker.generate({ items: await items(20) }));
    expect(worker.stats).toEqual({ requests: 0, running: 0, waiting: 0 });
    // What was given out is the receiver's.
    expect(transfer.held.tensors).toBeLessThanOrEqual(1);
    await transfer.close();
  });

  test('signal, before and while it runs', async () => {
    const transfer = held();
    const worker = workerOf({ transfer });
    const before = worker.generate({ items: await items(3) }, { signal: AbortSignal.abort() });
    await expect(before.next()).rejects.toMatchObject({ name: 'AbortError' });
    const caller = new AbortController();
    const during = worker.generate({ items: await items(20) }, { signal: caller.signal });
    await during.next();
    caller.abort(new Error('enough'));
    await expect(during.next()).rejects.toMatchObject({ name: 'AbortError', cause: new Error('enough') });
    expect(await during.next()).toEqual({ done: true, value: undefined });
    await expect.poll(() => worker.stats).toEqual({ requests: 0, running: 0, waiting: 0 });
    expect(transfer.held.tensors).toBe(1);
    await transfer.close();
  });
});

test('release: the file is gone before its lease is over', async () => {
  const folder = temporaryFolder();
  await using transfer = new FileSender({ folder, layout: 'vllm' });
  const worker = workerOf({ transfer });
  const [item] = (await all(worker.generate({ items: [{ input_audio: { data: await clip(16_000, 1) } }] }))) as [
    EncodedItem,
  ];
  expect(readdirSync(folder)).toHaveLength(1);
  worker.release(item);
  worker.release(item);
  await expect.poll(() => readdirSync(folder)).toEqual([]);
  expect(transfer.held.tensors).toBe(0);
});

describe('close', () => {
  test('takes no more requests, and waits for the clips of those that were taken', async () => {
    const worker = workerOf();
    const responses = worker.generate({ items: [{ input_audio: { data: await clip(16_000, 1) } }] });
    const first = responses.next();
    const closing = worker.close();
    expect(() => worker.generate({ items: [{ audio_url: 'x' }] })).toThrow(
      expect.objectContaining({ code: 'ERR_CLOSED' }),
    );
    await closing;
    expect((await first).value).toMatchObject({ tokens: 25 });
    expect((await responses.next()).value).toHaveProperty('summary');
  });

  test('does not wait for a caller who asks for nothing', async () => {
    const worker = workerOf();
    worker.generate({ items: [{ input_audio: { data: await clip(16_000, 1) } }] });
    await worker.close();
    expect(worker.stats).toMatchObject({ running: 0 });
  });
});

test('the queue has an end: ERR_BUSY at the call, and room again when a request is done', async () => {
  const worker = workerOf({ limits: { queue: 3 } });
  const data = await clip(16_000, 1);
  const items = [{ input_audio: { data } }, { input_audio: { data } }];
  const first = worker.generate({ items });
  expect(() => worker.generate({ items })).toThrow(expect.objectContaining({ code: 'ERR_BUSY', retryable: true }));
  await all(first);
  expect(await all(worker.generate({ items }))).toHaveLength(3);
});

test('a tower that gives one element type gives no other', async () => {
  await using half = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu', dtype: 'float16' });
  const worker = workerOf({ tower: half });
  const items = [{ bytes: await encode(await decode(speech, { sampleRate: 16_000 }), { format: 'wav' }) }];
  expect(() => worker.generate({ items, dtype: 'float32' })).toThrow(/dtype must be float16, got 'float32'/);
  expect((await all(worker.generate({ items })))[0]).toMatchObject({ embedding_dtype: 'float16' });
});
