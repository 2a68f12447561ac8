import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioTower } from '../../dist/tower/index.js';
import { HttpSender, InlineSender } from '../../dist/transfer/index.js';
import { EmbeddingCache, EncodeWorker } from '../../dist/worker/index.js';
import { towerFolder } from '../tower/reference.js';
import { errorOf, post, type Service, service, speech } from './service.js';

/** What stands beside embeddings: in the header `metadata`, and in the log. */

let app: Service;
let tower: AudioTower;
const cache = new EmbeddingCache({ maxBytes: 1024 ** 2 });

beforeAll(async () => {
  tower = await AudioTower.load(towerFolder('whisper'), { provider: 'cpu' });
  app = await service({
    worker: (loader) =>
      new EncodeWorker({ loader, tower, cache, transfer: new InlineSender(), limits: { items: 1024 } }),
    transfers: (url) => [new HttpSender({ url: `${url}/v1/tensors` })],
  });
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await tower.close();
});

const clip = { audio_url: `data:audio/mpeg;base64,${speech.toString('base64')}` };
const ask = (clips: number, fields: object) =>
  post(`${app.url}/v1/audio/embeddings`, { items: Array(clips).fill(clip), ...fields });

test('an id with characters that no header holds: 500', async () => {
  const response = await ask(1, { encoding_format: 'bytes', request_id: 'größe €\n' });
  expect(response.status).toBe(200);
  expect(JSON.parse(response.headers.get('metadata') ?? '')).toMatchObject({ id: 'größe €\n' });
});

test('metadata of more clips than a client reads headers: 400, and those below it are read', async () => {
  const most = await ask(128, { encoding_format: 'bytes' });
  const metadata = JSON.parse(most.headers.get('metadata') ?? '') as { data: { end: number }[] };
  expect(metadata.data.length).toBe(128);
  expect(metadata.data.at(-1)?.end).toBe((await most.arrayBuffer()).byteLength);
  const more = await ask(200, { encoding_format: 'bytes' });
  expect([more.status, await errorOf(more)]).toMatchObject([400, { code: 'ERR_REQUEST_INVALID', fault: 'client' }]);
});

test('the address of a tensor needs no key, and the log had it', async () => {
  const answer = (await (await ask(1, { transfer: 'http' })).json()) as { data: [{ transfer: { url: string } }] };
  const { url } = answer.data[0].transfer;
  expect((await fetch(url)).status).toBe(200);
  await fetch(url, { method: 'DELETE' });
  expect(JSON.stringify(app.log)).not.toContain(url.slice(url.lastIndexOf('/') + 1));
});
