import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { encode } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { InlineSender } from '../../dist/transfer/index.js';
import { EncodeWorker } from '../../dist/worker/index.js';
import { Site } from '../load/guard_server.js';
import { noise, towerFolder } from '../tower/reference.js';

test('each stage of a clip is told on its channel, in order', async () => {
  const wav = await encode(noise(16_000, 1), { format: 'wav' });
  const site = await Site.open((_, response) => response.end(wav));
  const names = ['fetch', 'decode', 'load', 'features', 'tower', 'transfer'];
  const events: { name: string; event: unknown }[] = [];
  const listeners = names.map((name) => [`cochlea:${name}`, (event: unknown) => events.push({ name, event })] as const);
  for (const [channel, listener] of listeners) subscribe(channel, listener);
  await using tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
  await using loader = new AudioLoader({ allowHttp: true, allowPrivateAddresses: true });
  await using worker = new EncodeWorker({ loader, tower, transfer: new InlineSender({ maxBytes: 5000 }) });
  const items = [{ audio_url: `http://127.0.0.1:${site.port}/a.wav` }];
  for await (const _ of worker.generate({ items }));
  for (const [channel, listener] of listeners) unsubscribe(channel, listener);
  expect(events.map(({ name }) => name)).toEqual(names);
  const milliseconds = expect.any(Number);
  expect(events.map(({ event }) => event)).toMatchObject([
    { milliseconds, error: undefined, tries: 1, bytes: wav.length },
    { milliseconds, error: undefined, frames: 16_000, sampleRate: 16_000 },
    { milliseconds, error: undefined, cache: 'miss' },
    { milliseconds, error: undefined, clips: 1 },
    { milliseconds, error: undefined, tokens: 25 },
    { milliseconds, error: undefined, mode: 'inline', bytes: 25 * 48 * 4 },
  ]);
});

test('a stage that fails says with which code', async () => {
  const events: unknown[] = [];
  const listener = (event: unknown): void => void events.push(event);
  subscribe('cochlea:transfer', listener);
  await expect(
    new InlineSender({ maxBytes: 8 }).send({ data: new Float32Array(4), shape: [4], dtype: 'float32' }),
  ).rejects.toMatchObject({ code: 'ERR_TRANSFER_TOO_LARGE' });
  unsubscribe('cochlea:transfer', listener);
  expect(events).toMatchObject([{ mode: 'inline', bytes: 16, error: 'ERR_TRANSFER_TOO_LARGE' }]);
});
