// Descriptors that no sender of ours made: any of them is a typed error, before anything is allocated or opened that it
// only claims. Never a crash, never a wait.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Tensor, writeSafetensors } from '../../dist/index.js';
import { FileSender, InlineSender, TensorReceiver, type TransferDescriptor } from '../../dist/transfer/index.js';
import { errorOf, slowness } from '../safe/outcome.js';
import { left } from './left.mjs';
import { sharedFolder } from './peer.js';

const tensor: Tensor = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3], dtype: 'float32' };
const codes = /^ERR_TRANSFER_(INVALID|REFUSED|CORRUPT|TOO_LARGE|EXPIRED)$/;

/** Descriptors of one tensor, in all forms that need no other process. */
async function genuine(folder: string): Promise<TransferDescriptor[]> {
  const senders = [
    new InlineSender(),
    new InlineSender({ format: 'raw' }),
    new FileSender({ folder, layout: 'vllm' }),
    new FileSender({ folder, layout: 'dynamo' }),
  ];
  for (const sender of senders) onTestFinished(() => sender.close());
  return Promise.all(senders.map(async (sender) => (await sender.send(tensor)).descriptor));
}

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

async function expectRefused(receiver: TensorReceiver, forged: unknown): Promise<void> {
  const outcome = await receiver.receive(forged as TransferDescriptor).catch((error) => error);
  expect(outcome.code, JSON.stringify(forged)).toMatch(codes);
}

test('any JSON', async () => {
  const receiver = new TensorReceiver({ folders: [sharedFolder()] });
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), (value) => expectRefused(receiver, value)),
    { numRuns: 2000 },
  );
});

test('any field changed: an error, or the bytes that were sent', async () => {
  const folder = sharedFolder();
  const [inline, raw, vllm] = (await genuine(folder)) as [TransferDescriptor, TransferDescriptor, TransferDescriptor];
  const receiver = new TensorReceiver({ folders: [folder], maxBytes: 2 ** 40 });
  const change = (descriptor: TransferDescriptor) =>
    fc.record({
      descriptor: fc.constant(descriptor),
      field: fc.constantFrom(...Object.keys(descriptor)),
      value: fc.oneof(
        fc.jsonValue(),
        fc.constantFrom<unknown>('file', 'inline', 'http', 'nixl', 'raw', 'safetensors', 'torch', 'dynamo', 'vllm'),
        fc.constantFrom<unknown>(
          'int32',
          'bool',
          'constructor',
          '__proto__',
          [6],
          [1, 6],
          [3, 2],
          [2 ** 53],
          [2 ** 32, 2 ** 32],
        ),
        fc.double(),
        fc.base64String(),
      ),
    });
  const before = process.memoryUsage().arrayBuffers;
  await fc.assert(
    fc.asyncProperty(fc.oneof(...[inline, raw, vllm].map(change)), async ({ descriptor, field, value }) => {
      const outcome = await receiver.receive({ ...descriptor, [field]: value } as TransferDescriptor).catch((e) => e);
      // The elements are those that were sent. With format raw, only the descriptor says what they are.
      if (outcome.tensor === undefined) expect(outcome.code).toMatch(codes);
      else expect(bytesOf(outcome.tensor)).toEqual(bytesOf(tensor));
      await outcome.release?.();
    }),
    { numRuns: 3000 },
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 ** 2);
  await expect.poll(() => left(folder).mappings, { timeout: 1000 * slowness }).toBe(0);
  expect(left(folder).descriptors).toBe(0);
});

test('what it claims is not allocated', async () => {
  const folder = sharedFolder();
  const receiver = new TensorReceiver({ folders: [folder], maxBytes: 2 ** 45 });
  const shape = [2 ** 30, 4096];
  const before = process.memoryUsage();
  for (const descriptor of await genuine(folder)) {
    await expectRefused(receiver, { ...descriptor, shape, size: 2 ** 44 });
    await expectRefused(receiver, { ...descriptor, shape: [3, 3], size: 36 });
    await expectRefused(receiver, { ...descriptor, shape: [1, 3], size: 12 });
    await expectRefused(receiver, { ...descriptor, size: 25 });
    await expectRefused(receiver, { ...descriptor, digest: 'xxh3:0123456789abcdef' });
    await expectRefused(new TensorReceiver({ folders: [folder], maxBytes: 23 }), descriptor);
  }
  expect(process.memoryUsage().external - before.external).toBeLessThan(2 ** 30);
});

describe('a path', () => {
  let outside: string;

  /** A folder that may be read, inside of one that may not; both hold a true file of the tensor. */
  async function place() {
    outside = sharedFolder();
    const folder = join(outside, 'allowed');
    const [, , vllm, dynamo] = await genuine(folder);
    const bytes = Buffer.concat([...writeSafetensors({ ec_cache: tensor })]);
    writeFileSync(join(outside, 'secret.safetensors'), bytes);
    mkdirSync(join(outside, 'other'));
    writeFileSync(join(outside, 'other', 'encoder_cache.safetensors'), bytes);
    const receiver = new TensorReceiver({ folders: [folder] });
    return { folder, receiver, vllm: vllm as object, dynamo: dynamo as object };
  }

  test('that leads out of the folder is refused', async () => {
    const { folder, receiver, vllm, dynamo } = await place();
    symlinkSync(outside, join(folder, 'up'));
    symlinkSync(join(outside, 'other'), join(folder, 'link'));
    symlinkSync(join(outside, 'secret.safetensors'), join(folder, 'secret.safetensors'));
    const paths = [
      join(outside, 'secret.safetensors'),
      join(outside, 'other', 'encoder_cache.safetensors'),
      `${folder}/../secret.safetensors`,
      `${folder}/x/../../secret.safetensors`,
      `${folder}/../other/encoder_cache.safetensors`,
      `${folder}/./secret.safetensors`,
      `${folder}//secret.safetensors`,
      join(folder, 'up', 'secret.safetensors'),
      join(folder, 'link', 'encoder_cache.safetensors'),
      join(folder, 'up', 'other', 'encoder_cache.safetensors'),
      join(folder, 'secret.safetensors'),
      'secret.safetensors',
      `file://${outside}/secret.safetensors`,
      '',
      '/',
      folder,
      `${folder}/`,
      outside,
      '/dev/zero',
      '/proc/self/mem',
      `${outside}/secret.safetensors\0`,
    ];
    for (const descriptor of [vllm, dynamo]) {
      for (const path of paths) {
        const error = await errorOf(receiver.receive({ ...descriptor, path } as TransferDescriptor));
        expect(error, path).toMatchObject({ code: 'ERR_TRANSFER_REFUSED' });
      }
    }
    expect(readdirSync(outside)).toContain('secret.safetensors');
  });

  test('to a folder, a pipe, a file of another size or with holes is an error, and no wait', async () => {
    const { folder, receiver, dynamo } = await place();
    mkdirSync(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const bytes = Buffer.concat([...writeSafetensors({ ec_cache: tensor })]);
    writeFileSync(join(folder, 'short'), bytes.subarray(0, 20));
    writeFileSync(join(folder, 'cut'), bytes.subarray(0, -1));
    writeFileSync(join(folder, 'long'), Buffer.concat([bytes, Buffer.alloc(100_000)]));
    writeFileSync(join(folder, 'other'), Buffer.from(bytes).fill(0x20, 8, 20));
    writeFileSync(join(folder, 'flipped'), Buffer.from(bytes).fill(0x41, bytes.length - 1));
    writeFileSync(join(folder, 'two'), Buffer.concat([...writeSafetensors({ a: tensor, b: tensor })]));
    writeFileSync(join(folder, 'holes'), bytes);
    truncateSync(join(folder, 'holes'), 60_000);
    const expected: Record<string, string> = {
      folder: 'ERR_TRANSFER_REFUSED',
      pipe: 'ERR_TRANSFER_REFUSED',
      short: 'ERR_TRANSFER_CORRUPT',
      cut: 'ERR_TRANSFER_CORRUPT',
      long: 'ERR_TRANSFER_CORRUPT',
      other: 'ERR_TRANSFER_CORRUPT',
      flipped: 'ERR_TRANSFER_CORRUPT',
      two: 'ERR_TRANSFER_CORRUPT',
      holes: 'ERR_TRANSFER_FAILED',
      missing: 'ERR_TRANSFER_EXPIRED',
      [`${'n'.repeat(300)}`]: 'ERR_TRANSFER_FAILED',
    };
    for (const [name, code] of Object.entries(expected)) {
      const error = await errorOf(receiver.receive({ ...dynamo, path: join(folder, name) } as TransferDescriptor));
      expect(error, name).toMatchObject({ code });
    }
    expect(left(folder)).toMatchObject({ mappings: 0, descriptors: 0 });
  });

  test('through links to the folder itself is read: where it leads to counts', async () => {
    const { folder, vllm, dynamo } = await place();
    const link = join(outside, 'link-to-allowed');
    symlinkSync(folder, link);
    const receiver = new TensorReceiver({ folders: [link, folder] });
    for (const descriptor of [vllm, dynamo] as { path: string; layout: string }[]) {
      const inside = descriptor.path.slice(folder.length);
      const { tensor: arrived } = await receiver.receive({
        ...descriptor,
        path: `${link}${inside}`,
      } as unknown as TransferDescriptor);
      expect(arrived).toEqual(tensor);
    }
  });
});

test('a format or a mode that is not for this receiver', async () => {
  const receiver = new TensorReceiver();
  const torch = await new InlineSender({ format: 'torch' }).send(tensor);
  expect(await errorOf(receiver.receive(torch.descriptor))).toMatchObject({ code: 'ERR_TRANSFER_INVALID' });
  const { mode: _, format: _format, data: _data, ...facts } = torch.descriptor;
  const nixl = { ...facts, mode: 'nixl', form: 'read', serialized_request: {} } as const;
  expect(await errorOf(receiver.receive(nixl))).toMatchObject({ code: 'ERR_TRANSFER_REFUSED' });
});
