// How transfers end: by their lease, by release, cancel, close and abort, for lack of room, at any moment. Afterwards
// nothing is left: no file, no mapping, no descriptor, no bytes that count.

import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Tensor } from '../../dist/index.js';
import {
  FileSender,
  HttpSender,
  type SentTensor,
  TensorReceiver,
  type TensorReceiverOptions,
  type TensorSender,
} from '../../dist/transfer/index.js';
import { errorOf, slowness } from '../safe/outcome.js';
import { left, nothing } from './left.mjs';
import { sharedFolder } from './peer.js';

const tensorOf = (elements: number): Tensor => ({
  data: Float32Array.from({ length: elements }, (_, i) => i),
  shape: [elements],
  dtype: 'float32',
});
const small = tensorOf(1000);
/** 64 MB: long enough on its way to be interrupted. */
const large = tensorOf(16_000_000);

/** Seconds that a sender waits beyond the lease. */
const guard = 5;
const nothingHeld = { bytes: 0, tensors: 0 };

interface Setup {
  readonly sender: TensorSender;
  readonly receiver: TensorReceiver;
  readonly folder: string;
}

type Options = { readonly maxBytes?: number };

const setups: Record<string, (options?: Options) => Promise<Setup>> = {
  'file, dynamo': (options) => files('dynamo', options),
  'file, vllm': (options) => files('vllm', options),
  http: async (options) => {
    const server = createServer((request, response) => sender.handle(request, response)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const sender = new HttpSender({ url: `${origin}/v1/tensors`, ...options });
    return opened(sender, { origins: [origin] }, sharedFolder());
  },
};

async function files(layout: 'dynamo' | 'vllm', options: Options = {}): Promise<Setup> {
  const folder = sharedFolder();
  return opened(new FileSender({ folder, layout, ...options }), { folders: [folder] }, folder);
}

function opened(sender: TensorSender, options: TensorReceiverOptions, folder: string): Setup {
  const receiver = new TensorReceiver(options);
  onTestFinished(() => sender.close());
  onTestFinished(() => receiver.close());
  return { sender, receiver, folder };
}

describe.each(Object.keys(setups))('%s', (name) => {
  const setup = setups[name] as (options?: Options) => Promise<Setup>;

  async function expectNothing({ sender, folder }: Setup): Promise<void> {
    expect(sender.held).toEqual(nothingHeld);
    expect(left(folder)).toEqual(nothing);
  }

  const ways: Record<string, (sent: SentTensor, sender: TensorSender) => unknown> = {
    received: (sent) => sent.release(),
    cancelled: (sent) => sent.cancel(),
    expired: () => {},
  };

  test.each(Object.keys(ways))(
    '%s: then the tensor is gone',
    async (how) => {
      const all = await setup();
      const { sender, receiver } = all;
      const sent = await sender.send(small, { lease: 0.05 });
      expect(sender.held).toEqual({ bytes: 4000, tensors: 1 });
      const started = performance.now();
      ways[how]?.(sent, sender);
      // Whatever comes later changes nothing.
      if (how !== 'expired') {
        sent.cancel();
        sent.release();
      }
      expect(await sent.completed).toBe(how);
      if (how === 'expired') expect(performance.now() - started).toBeGreaterThan(guard * 1000);
      await expectNothing(all);
      expect(await errorOf(receiver.receive(sent.descriptor))).toMatchObject({ code: 'ERR_TRANSFER_EXPIRED' });
    },
    60_000 * slowness,
  );

  test('close ends what was sent, and what is being sent', async () => {
    const all = await setup();
    const { sender, receiver } = all;
    const before = await Promise.all([sender.send(small), sender.send(small)]);
    const during = [large, small, large].map((tensor) => errorOf(sender.send(tensor)));
    await sender.close();
    await expectNothing(all);
    for (const error of await Promise.all(during)) expect(error).toMatchObject({ code: 'ERR_CLOSED' });
    for (const { completed, descriptor } of before) {
      expect(await completed).toBe('cancelled');
      expect(await errorOf(receiver.receive(descriptor))).toMatchObject({ code: 'ERR_TRANSFER_EXPIRED' });
    }
    expect(await errorOf(sender.send(small))).toMatchObject({ code: 'ERR_CLOSED' });
    await sender.close();
    await expectNothing(all);
  });

  test('an abort before and while it is sent', async () => {
    const all = await setup();
    const { sender } = all;
    const reason = new Error('the client left');
    const early = errorOf(sender.send(small, { signal: AbortSignal.abort(reason) }));
    expect(await early).toMatchObject({ name: 'AbortError', cause: reason });
    await expectNothing(all);
    let aborted = 0;
    for (const milliseconds of [0, 1, 2, 4, 8, 16, 32]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), milliseconds);
      const outcome = await sender.send(large, { signal: controller.signal }).then(
        (sent) => sent.cancel(),
        (error) => error,
      );
      if (outcome !== undefined) {
        expect(outcome).toMatchObject({ name: 'AbortError', cause: reason });
        aborted++;
      }
      // A send that was faster than its signal was cancelled, which takes a moment.
      await expect.poll(() => sender.held, { timeout: 1000 * slowness }).toEqual(nothingHeld);
      await expectNothing(all);
    }
    expect(aborted).toBeGreaterThan(0);
  });

  test('an abort before and while it is received: the tensor stays for the next', async () => {
    const all = await setup();
    const { sender, receiver, folder } = all;
    const { descriptor } = await sender.send(large);
    const early = errorOf(receiver.receive(descriptor, { signal: AbortSignal.abort() }));
    expect(await early).toMatchObject({ name: 'AbortError' });
    const controller = new AbortController();
    const call = errorOf(receiver.receive(descriptor, { signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect(await call).toMatchObject({ name: 'AbortError' });
    expect(left(folder)).toMatchObject({ mappings: 0, descriptors: 0 });
    const { tensor, release } = await receiver.receive(descriptor);
    expect(Buffer.compare(bytesOf(tensor), bytesOf(large))).toBe(0);
    await release();
    await release();
    expect(left(folder)).toMatchObject({ mappings: 0, descriptors: 0 });
  });

  test('cancelled while it is received: it arrives whole, or is expired', async () => {
    const all = await setup();
    const { sender, receiver } = all;
    for (const turns of [0, 1, 3, 10]) {
      const sent = await sender.send(large);
      const call = receiver.receive(sent.descriptor).then(
        async ({ tensor, release }) => {
          expect(Buffer.compare(bytesOf(tensor), bytesOf(large))).toBe(0);
          await release();
          return undefined;
        },
        (error) => error,
      );
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      sent.cancel();
      const error = await call;
      if (error !== undefined) expect(error).toMatchObject({ code: 'ERR_TRANSFER_EXPIRED' });
      await sent.completed;
      await expectNothing(all);
    }
  });

  test('no room: ERR_BUSY until a transfer has ended; never room: too large', async () => {
    const all = await setup({ maxBytes: 10_000 });
    const { sender } = all;
    const [first] = await Promise.all([sender.send(small), sender.send(small)]);
    expect(sender.held).toEqual({ bytes: 8000, tensors: 2 });
    expect(await errorOf(sender.send(small))).toMatchObject({ code: 'ERR_BUSY' });
    expect(await errorOf(sender.send(tensorOf(2501)))).toMatchObject({ code: 'ERR_TRANSFER_TOO_LARGE' });
    expect(sender.held).toEqual({ bytes: 8000, tensors: 2 });
    first?.release();
    await first?.completed;
    await sender.send(small);
    await sender.close();
    await expectNothing(all);
  });

  test('300 at a time: each arrives, once', async () => {
    const all = await setup();
    const { sender, receiver } = all;
    const tensors = Array.from({ length: 300 }, (_, i) => tensorOf(100 + i));
    await Promise.all(
      tensors.map(async (tensor) => {
        const sent = await sender.send(tensor);
        await using received = await receiver.receive(JSON.parse(JSON.stringify(sent.descriptor)));
        expect(received.tensor).toEqual(tensor);
        if (name === 'file, vllm') sent.release();
        expect(await sent.completed).toBe('received');
      }),
    );
    await expectNothing(all);
  });

  test('a receiver that was closed', async () => {
    const { sender, receiver } = await setup();
    const { descriptor } = await sender.send(small);
    const running = receiver.receive(descriptor);
    await receiver.close();
    expect((await running).tensor).toEqual(small);
    expect(await errorOf(receiver.receive(descriptor))).toMatchObject({ code: 'ERR_CLOSED' });
  });
});

test('files are for their owner alone', async () => {
  const folder = join(sharedFolder(), 'made');
  for (const layout of ['dynamo', 'vllm'] as const) {
    await using sender = new FileSender({ folder, layout });
    const { descriptor } = await sender.send(small);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(descriptor.path).mode & 0o777).toBe(0o600);
    for (const entry of readdirSync(folder)) expect(statSync(join(folder, entry)).mode & 0o077).toBe(0);
  }
});

test('a tensor that the caller has given away is released without an error', async () => {
  const { sender, receiver } = await (setups.http as () => Promise<Setup>)();
  const { tensor, release } = await receiver.receive((await sender.send(small)).descriptor);
  structuredClone(tensor.data, { transfer: [tensor.data.buffer as ArrayBuffer] });
  await release();
});

test('a folder that was deleted is made again', async () => {
  const folder = join(sharedFolder(), 'made');
  await using sender = new FileSender({ folder });
  await sender.send(small);
  rmSync(folder, { recursive: true });
  expect(await errorOf(sender.send(small))).toMatchObject({ code: 'ERR_TRANSFER_FAILED', cause: { code: 'ENOENT' } });
  const { descriptor } = await sender.send(small);
  expect(existsSync(descriptor.path)).toBe(true);
  // What was deleted counts as received.
  await expect.poll(() => sender.held.tensors, { timeout: 1000 * slowness }).toBe(1);
});

function bytesOf({ data }: Tensor): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
