import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { isFloat32Array } from 'node:util/types';
import { expect, test } from 'vitest';
import { FeatureExtractor } from '../../dist/features/index.js';
import { CochleaError, decode, encode, toFloat16, writeSafetensors } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { towerFolder } from '../tower/reference.js';

const path = new URL('../fixtures/formats/wav-pcm_s16le.wav', import.meta.url);
const audio = await decode(path, { sampleRate: 16_000 });

test('this is a realm whose arrays are not those of Node', () => {
  expect(isFloat32Array(audio.data)).toBe(true);
  expect(audio.data instanceof Float32Array).toBe(false);
});

test('what decode gives is encoded, converted, written and embedded', async () => {
  expect((await decode(await encode(audio, { format: 'wav' }))).frames).toBe(audio.frames);
  expect((await toFloat16(audio)).data.length).toBe(audio.frames);
  expect([...writeSafetensors({ audio })].length).toBeGreaterThan(1);
  expect((await FeatureExtractor.whisper({ mels: 80 }).extract(audio)).frames).toHaveLength(1);
  const tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
  expect((await tower.embed(audio)).tokens).toHaveLength(1);
  await tower.close();
});

test('failures of the system are told by their codes', async () => {
  await expect(decode('/nope.wav')).rejects.toMatchObject({ code: 'ERR_AUDIO_SOURCE', cause: { code: 'ENOENT' } });
  const server = createSocketServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const loader = new AudioLoader({ allowHttp: true, allowPrivateAddresses: true, fetch: { retries: 0 } });
  const error = await loader.load(`http://127.0.0.1:${port}/a.wav`).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CochleaError);
  expect(error).toMatchObject({ reason: 'connect', message: 'its host refuses the connection' });
  await loader.close();
});

test('addresses are loaded', async () => {
  const file = await encode(audio, { format: 'flac' });
  const server = createServer((_, response) => response.end(file)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const loader = new AudioLoader({ allowHttp: true, allowPrivateAddresses: true });
  const loaded = await loader.load(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a.flac`);
  expect(loaded.frames).toBe(audio.frames);
  await loader.close();
  server.close();
});

test('a signal of this realm aborts', async () => {
  const controller = new AbortController();
  const stopped = decode(new ReadableStream(), { signal: controller.signal });
  controller.abort();
  await expect(stopped).rejects.toMatchObject({ code: 'ABORT_ERR' });
});
