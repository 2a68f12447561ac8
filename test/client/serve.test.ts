// Beside the service itself, `cochleaServe`: its keys, its limits, its modes of transfer and its end.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EncodeClient } from '../../dist/client/index.js';
import { decode, type Tensor } from '../../dist/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { FileSender, HttpSender, InlineSender, TensorReceiver } from '../../dist/transfer/index.js';
import { EncodeWorker } from '../../dist/worker/index.js';
import { temporaryFolder } from '../cli/command.js';
import { errorOf, slowness } from '../safe/outcome.js';
import { type Service, type ServiceOptions, service } from '../serve/service.js';
import { fixtures, towerFolder } from '../tower/reference.js';
import { all } from './services.js';

const speech = readFileSync(join(fixtures, 'speech/speech.flac'));
const apiKey = 'sk-0123456789abcdef';
let tower: AudioTower;
let expected: Tensor;
const workers: EncodeWorker[] = [];

beforeAll(async () => {
  tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
  expected = (await tower.embed(await decode(speech, { sampleRate: 16_000 }))).audioFeatures;
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await tower.close();
});

function embedding(options: Omit<ServiceOptions, 'worker'> = {}): Promise<Service> {
  const worker: ServiceOptions['worker'] = (loader) => {
    workers.push(new EncodeWorker({ loader, tower, transfer: new InlineSender() }));
    return workers.at(-1) as EncodeWorker;
  };
  return service({ ...options, worker });
}

test('generate, below a prefix and with a key: responses and errors of each clip, and a summary', async () => {
  await using served = await embedding({ prefix: '/audio', apiKeys: [apiKey] });
  await using client = new EncodeClient({ addresses: served.url, apiKey });
  const items = [
    { bytes: speech, id: 'a' },
    { input_audio: { data: speech.toString('base64') }, options: { end: 0.5 } },
    { bytes: Buffer.from('no audio'), id: 'c' },
    { audio_url: 'http://127.0.0.1/a.wav' },
  ];
  const responses = await all(client.generate({ items, request_id: 'mine', dtype: 'bfloat16' }));
  expect(responses.at(-1)).toMatchObject({ summary: { request_id: 'mine', items: 4, failed: 2 } });
  expect(
    responses.slice(0, -1).toSorted((a, b) => ('index' in a && 'index' in b ? a.index - b.index : 0)),
  ).toMatchObject([
    { index: 0, id: 'a', embedding_dtype: 'bfloat16', transfer: { mode: 'inline' } },
    { index: 1, duration: 0.5 },
    { index: 2, id: 'c', error: { code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER', remedy: expect.stringContaining('WAV') } },
    { index: 3, error: { code: 'ERR_FETCH_REFUSED', fault: 'client', retryable: false } },
  ]);
  await using stranger = new EncodeClient({ addresses: served.url, apiKey: 'sk-another' });
  expect(await errorOf(stranger.embed(speech))).toMatchObject({ name: 'UnauthorizedError', fault: 'client' });
  const dtype = 'int4' as 'float32';
  const refused = errorOf(client.embed({ items: [{ bytes: speech }], dtype }));
  expect(await refused).toMatchObject({ name: 'RequestInvalidError', message: expect.stringContaining('dtype') });
  const other = errorOf(client.embed(speech, { transfer: 'http' }));
  expect(await other).toMatchObject({ name: 'RequestInvalidError', message: expect.stringContaining('transfer') });
});

test("Dynamo's form: its request comes back with the embeddings, and nothing else in it", async () => {
  await using served = await embedding();
  await using client = new EncodeClient({ addresses: served.url });
  const audio_url = `data:audio/flac;base64,${speech.toString('base64')}`;
  const request = { multimodal_input: { audio_url }, engine_prompt: { prompt_token_ids: [1] } };
  const [response] = await all(client.generate(request, { transfer: 'inline' }));
  expect(Object.keys((response as { request: object }).request).toSorted()).toEqual([
    'embedding_dtype_str',
    'embeddings_shape',
    'engine_prompt',
    'multimodal_input',
    'serialized_request',
  ]);
});

test('embed, in each mode that the service offers', async () => {
  const folder = temporaryFolder();
  await using files = new FileSender({ folder });
  let http: HttpSender | undefined;
  const transfers = (url: string) => {
    http = new HttpSender({ url: `${url}/v1/tensors` });
    return [files, http];
  };
  await using served = await embedding({ transfers });
  await using receiver = new TensorReceiver({ folders: [folder], origins: [served.url] });
  await using client = new EncodeClient({ addresses: served.url, receiver });
  for (const transfer of ['inline', 'http', 'file'] as const) {
    const clip = await client.embed(speech, { transfer });
    expect(clip.tensor).toEqual(expected);
    await clip.release();
  }
  await expect.poll(() => [http?.held.tensors, files.held.tensors]).toEqual([0, 0]);
  // By the origin of the service alone, without a receiver of the caller.
  await using plain = new EncodeClient({ addresses: served.url });
  expect((await plain.embed(speech, { transfer: 'http' })).tensor).toEqual(expected);
  // The receiver is the caller's.
  await client.close();
  const { descriptor } = await files.send(expected);
  expect((await receiver.receive(descriptor)).tensor.shape).toEqual(expected.shape);
  await http?.close();
});

test('a service that is full is asked again until each request is answered', async () => {
  await using served = await embedding({ limits: { concurrency: 1, queue: 0 } });
  await using client = new EncodeClient({ addresses: served.url, retries: 1000, timeout: 60_000 * slowness });
  const clips = await Promise.all(Array.from({ length: 4 }, () => client.embed(speech)));
  for (const { tensor } of clips) expect(tensor).toEqual(expected);
});

test('a service whose model still loads is asked again', async () => {
  let ready: (worker: EncodeWorker) => void = () => {};
  const loading = new Promise<EncodeWorker>((resolve) => {
    ready = resolve;
  });
  await using served = await service({ worker: () => loading });
  await using client = new EncodeClient({ addresses: served.url });
  const clip = client.embed(speech);
  await expect.poll(() => client.stats[0]?.failures).toBe(1);
  const worker = new EncodeWorker({ loader: served.loader, tower, transfer: new InlineSender() });
  workers.push(worker);
  ready(worker);
  expect((await clip).tensor).toEqual(expected);
});

test('a service that is stopped, with no time for its requests: another one answers all of them', async () => {
  await using first = await embedding({ grace: 0 });
  await using second = await embedding();
  await using client = new EncodeClient({ addresses: [first.url, second.url], timeout: 60_000 * slowness });
  const items = Array.from({ length: 8 }, () => ({ bytes: speech }));
  const asked = Array.from({ length: 4 }, () => client.embed({ items }));
  await expect.poll(() => client.stats[0]?.requests).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await first.app.close();
  for (const clips of await Promise.all(asked)) {
    expect(clips.length).toBe(8);
    for (const clip of clips) expect(clip).toMatchObject({ tensor: { shape: expected.shape } });
  }
});

test('an aborted request stops the work of the service', async () => {
  await using served = await embedding();
  await using client = new EncodeClient({ addresses: served.url });
  const items = Array.from({ length: 100 }, () => ({ bytes: speech }));
  const controller = new AbortController();
  const responses = client.generate({ items }, { signal: controller.signal });
  await responses.next();
  controller.abort();
  expect(await errorOf(responses.next())).toMatchObject({ name: 'AbortError' });
  const idle = { requests: 0, running: 0, waiting: 0 };
  await expect.poll(() => workers.at(-1)?.stats, { timeout: 10_000 * slowness }).toEqual(idle);
});

test('a body that is too large for the service', async () => {
  await using served = await embedding({ limits: { bodyBytes: 100_000 } });
  await using client = new EncodeClient({ addresses: served.url });
  const error = await errorOf(client.embed(Buffer.alloc(20 * 1024 ** 2)));
  expect(error).toMatchObject({ code: 'ERR_AUDIO_LIMIT', fault: 'client', retryable: false });
});
