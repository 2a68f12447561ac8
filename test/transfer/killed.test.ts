// Processes that are killed at any moment: who is left gets the tensor whole or a typed error, and what they leave is
// cleared up once the lease is over.

import { mkdirSync, readdirSync, rmdirSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Tensor, writeSafetensors } from '../../dist/index.js';
import { FileSender, HttpSender, TensorReceiver } from '../../dist/transfer/index.js';
import { errorOf, slowness } from '../safe/outcome.js';
import { left, nothing } from './left.mjs';
import { Peer, sharedFolder } from './peer.js';

const kills = 20;
const tensor: Tensor = { data: new Float32Array(500_000).fill(1), shape: [500_000], dtype: 'float32' };
const small: Tensor = { data: Float32Array.of(1), shape: [1], dtype: 'float32' };
/** Seconds. The sender adds 5 of its own. */
const lease = 0.05;
const over = 7000;
const mostTime = 120_000 * slowness;

/** So many at a time, so that starting them does not take the time of all the kills. */
async function inTurn(count: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await run(next++);
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
}

/** Drafts are cleared up ten minutes after they were written. */
function age(folder: string): void {
  const past = Date.now() / 1000 - 11 * 60;
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.part'))) {
    utimesSync(join(folder, name), past, past);
  }
}

test.each(['dynamo', 'vllm'] as const)(
  'a producer of files with layout %s',
  async (layout) => {
    const folder = sharedFolder();
    const setting = { mode: 'file', options: { folder, layout } };
    await using receiver = new TensorReceiver({ folders: [folder] });
    let arrived = 0;
    await inTurn(kills / 2, async () => {
      await using producer = await Peer.start('producer-apart.mjs', setting);
      producer.tell({ verb: 'flood', tensor: { dtype: 'float32', shape: [500_000] }, lease });
      setTimeout(() => producer.kill(), 30 + Math.random() * 300);
      for (let sent = await producer.line(); sent !== undefined; sent = await producer.line()) {
        // Every third is left where it is.
        if (arrived++ % 3 === 0) continue;
        const outcome = await receiver.receive(sent.descriptor).catch((error) => error);
        // On a slow machine, the next producer may have cleared it up before.
        if (outcome.tensor === undefined) expect(outcome).toMatchObject({ code: 'ERR_TRANSFER_EXPIRED' });
        else expect(outcome.tensor.shape).toEqual([500_000]);
        await outcome.release?.();
      }
    });
    expect(arrived).toBeGreaterThan(0);
    expect(left(folder)).toMatchObject({ mappings: 0, descriptors: 0 });
    await wait(over);
    age(folder);
    await using sender = new FileSender({ folder, layout });
    const { cancel, completed } = await sender.send(small);
    cancel();
    await completed;
    expect(left(folder)).toEqual(nothing);
  },
  mostTime,
);

test(
  'a producer that serves by HTTP',
  async () => {
    await inTurn(kills, async () => {
      await using producer = await Peer.start('producer-apart.mjs', { mode: 'http', options: {} });
      const { descriptor } = await producer.ask({ verb: 'send', tensor: { dtype: 'float32', shape: [4_000_000] } });
      await using receiver = new TensorReceiver({ origins: [new URL(descriptor.url).origin] });
      setTimeout(() => producer.kill(), Math.random() * 60);
      const outcome = await receiver.receive(descriptor).catch((error) => error);
      if (outcome.tensor === undefined) expect(outcome).toMatchObject({ code: 'ERR_TRANSFER_FAILED' });
      else expect(outcome.tensor.data.length).toBe(4_000_000);
      await producer.kill();
      expect(await errorOf(receiver.receive(descriptor))).toMatchObject({ code: 'ERR_TRANSFER_FAILED' });
    });
  },
  mostTime,
);

test(
  'a consumer: the producer keeps nothing beyond the lease',
  async () => {
    const folder = sharedFolder();
    const server = createServer((request, response) => http.handle(request, response)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using http = new HttpSender({ url: `${origin}/v1/tensors` });
    await using file = new FileSender({ folder });
    const ends: string[] = [];
    await inTurn(kills, async (index) => {
      const sender = index % 2 === 0 ? http : file;
      await using consumer = await Peer.start('consumer-apart.mjs', { folders: [folder], origins: [origin] });
      setTimeout(() => consumer.kill(), 5 + Math.random() * 200);
      for (;;) {
        const sent = await sender.send(tensor, { lease });
        void sent.completed.then((how) => ends.push(how));
        consumer.tell(sent.descriptor);
        if ((await consumer.line()) === undefined) break;
      }
    });
    await expect
      .poll(() => [http.held, file.held], { timeout: over * slowness })
      .toEqual([
        { bytes: 0, tensors: 0 },
        { bytes: 0, tensors: 0 },
      ]);
    expect(left(folder)).toEqual(nothing);
    expect(ends.length).toBeGreaterThanOrEqual(kills);
    expect(new Set(ends)).not.toContain('cancelled');
  },
  mostTime,
);

test('what is not ours stays, and what is not over', async () => {
  const folder = sharedFolder();
  const write = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes);
  const file = (metadata?: Record<string, string>) =>
    Buffer.concat([...writeSafetensors({ ec_cache: tensor }, metadata)]);
  const id = '0123456789abcdef0123456789abcdef';
  const uuid = '01234567-89ab-4def-8123-456789abcdef';
  const now = Date.now() / 1000;
  // Of others, with names like ours or with times like ours.
  write(`encoder_cache.${id}_1.0123456789ab.safetensors`, file());
  write(`encoder_cache.${id}_2.0123456789ab.safetensors`, 'text');
  write('model.safetensors', file({ cochlea_expires_at: '1' }));
  write('.cochlea-notes.part', 'text');
  mkdirSync(join(folder, uuid));
  write(`${uuid}/encoder_cache.safetensors`, file());
  mkdirSync(join(folder, uuid.replace('0', '1')));
  mkdirSync(join(folder, `encoder_cache.${id}_5.0123456789ab.safetensors`));
  // Ours: in use, and being written.
  write(`encoder_cache.${id}_3.0123456789ab.safetensors`, file({ cochlea_expires_at: String(now + 60) }));
  write('.cochlea-0123456789ab.part', 'text');
  const stays = readdirSync(folder, { recursive: true }).sort();
  // Ours, and over.
  write(`encoder_cache.${id}_4.0123456789ab.safetensors`, file({ cochlea_expires_at: String(now - 1) }));
  const second = uuid.replace('0', '2');
  mkdirSync(join(folder, second));
  write(`${second}/encoder_cache.safetensors`, file({ cochlea_expires_at: String(now - 1) }));
  const third = uuid.replace('0', '3');
  mkdirSync(join(folder, third));
  write(`${third}/encoder_cache.safetensors`, file({ cochlea_expires_at: String(now - 1) }));
  write(`${third}/notes`, 'of somebody else');
  await using sender = new FileSender({ folder });
  const { cancel, completed } = await sender.send(small);
  cancel();
  await completed;
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual([...stays, third, `${third}/notes`].sort());
  rmdirSync(join(folder, uuid.replace('0', '1')));
});
