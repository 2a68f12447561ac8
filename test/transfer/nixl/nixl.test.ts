import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type NixlDescriptor, NixlSender, TensorReceiver } from '../../../dist/transfer/index.js';
import { environment, isInstalled, whyNot } from '../../interop/dynamo.js';
import { errorOf, slowness } from '../../safe/outcome.js';
import { Peer } from './peer.js';

if (!isInstalled) process.stderr.write(`nixl.test.ts is skipped: ${whyNot}\n`);

const library = environment;
const timeout = 30_000 * slowness;
const floats = (count: number) =>
  ({ data: Float32Array.from({ length: count }, (_, i) => i), shape: [count], dtype: 'float32' }) as const;

describe.skipIf(!isInstalled)('NIXL between processes of ours', { timeout }, () => {
  test('a tensor comes whole, and goes again', async () => {
    const peer = new Peer('send');
    peer.tell({ elements: 100_000, lease: 60 });
    const descriptor = (await peer.answer<NixlDescriptor>()) as NixlDescriptor;
    await using receiver = new TensorReceiver({ nixl: { library } });
    const received = await receiver.receive(descriptor);
    expect(received.tensor).toEqual(floats(100_000));
    await received.release();
    expect(received.tensor.data.byteLength).toBe(0);
    expect(await peer.end()).toBe(0);
  });

  test('what was received stays when both ends are closed', async () => {
    const sender = new NixlSender({ library });
    const receiver = new TensorReceiver({ nixl: { library } });
    const sent = await sender.send(floats(1000));
    const { tensor } = await receiver.receive(sent.descriptor);
    expect(await sent.completed).toBe('received');
    await receiver.close();
    await sender.close();
    expect(tensor).toEqual(floats(1000));
    expect(await errorOf(sender.send(floats(1)))).toMatchObject({ code: 'ERR_CLOSED' });
  });

  test('a full memory is ERR_BUSY, too large a tensor an error of its own', async () => {
    await using sender = new NixlSender({ library, maxBytes: 100_000 });
    const first = await sender.send(floats(20_000));
    expect(await errorOf(sender.send(floats(20_000)))).toMatchObject({ code: 'ERR_BUSY', retryable: true });
    expect(await errorOf(sender.send(floats(30_000)))).toMatchObject({ code: 'ERR_TRANSFER_TOO_LARGE' });
    first.release();
    expect(await first.completed).toBe('received');
    await sender.send(floats(20_000));
    await using receiver = new TensorReceiver({ nixl: { library, maxBytes: 5000 } });
    await using other = new NixlSender({ library });
    const kept = await receiver.receive((await other.send(floats(1000))).descriptor);
    const { descriptor } = await other.send(floats(1000));
    expect(await errorOf(receiver.receive(descriptor))).toMatchObject({ code: 'ERR_BUSY' });
    await kept.release();
    await (await receiver.receive(descriptor)).release();
  });

  test('a lease ends, and the memory with it', async () => {
    await using sender = new NixlSender({ library, maxBytes: 100_000 });
    const sent = await sender.send(floats(20_000), { lease: 0.01 });
    expect(await sent.completed).toBe('expired');
    await sender.send(floats(20_000));
    await using receiver = new TensorReceiver({ nixl: { library } });
    expect(await errorOf(receiver.receive(sent.descriptor))).toMatchObject({ code: 'ERR_TRANSFER_EXPIRED' });
  });

  test('a descriptor that is not what was sent', async () => {
    await using sender = new NixlSender({ library });
    await using receiver = new TensorReceiver({ nixl: { library } });
    const { descriptor } = await sender.send(floats(1000));
    const request = descriptor.serialized_request as Record<string, unknown> & { descriptors: [{ ptr: number }] };
    const [place] = request.descriptors;
    const changed = (fields: object) => ({ ...descriptor, serialized_request: { ...request, ...fields } });
    const outcomes: readonly [NixlDescriptor, string][] = [
      [{ ...descriptor, digest: `xxh3:${'0'.repeat(16)}` }, 'ERR_TRANSFER_CORRUPT'],
      [{ ...descriptor, form: 'write' }, 'ERR_TRANSFER_REFUSED'],
      [{ ...descriptor, shape: [999], size: 3996 }, 'ERR_TRANSFER_INVALID'],
      [changed({ nixl_metadata: 'b64:AAAA' }), 'ERR_TRANSFER_INVALID'],
      [changed({ operation_kind: 2 }), 'ERR_TRANSFER_INVALID'],
      [changed({ descriptors: [] }), 'ERR_TRANSFER_INVALID'],
      [changed({ descriptors: [{ ...place, ptr: place.ptr + 2 ** 40 }] }), 'ERR_TRANSFER_FAILED'],
      [{ ...descriptor, serialized_request: 'text' }, 'ERR_TRANSFER_INVALID'],
    ];
    for (const [forged, code] of outcomes)
      expect(await errorOf(receiver.receive(forged)), code).toMatchObject({ code });
    const without = new TensorReceiver();
    expect(await errorOf(without.receive(descriptor))).toMatchObject({ code: 'ERR_TRANSFER_REFUSED' });
  });

  test('an abort at either end', async () => {
    await using sender = new NixlSender({ library, maxBytes: 100_000 });
    await using receiver = new TensorReceiver({ nixl: { library } });
    const signal = AbortSignal.abort();
    expect(await errorOf(sender.send(floats(20_000), { signal }))).toMatchObject({ name: 'AbortError' });
    const { descriptor } = await sender.send(floats(20_000));
    expect(await errorOf(receiver.receive(descriptor, { signal }))).toMatchObject({ name: 'AbortError' });
    await (await receiver.receive(descriptor)).release();
  });

  test('threads of JavaScript end in the middle of transfers', async () => {
    const peer = new Peer('worker');
    const { descriptors } = (await peer.answer<{ descriptors: number }>()) ?? { descriptors: Number.NaN };
    expect(descriptors).toBeLessThan(10);
    expect(await peer.exited).toBe(0);
  });

  test('a process that closes nothing ends by itself', async () => {
    const peer = new Peer('leave');
    expect(await peer.answer()).toMatchObject({ mode: 'nixl' });
    expect(await peer.exited).toBe(0);
  });

  test('opening and closing leaves no descriptor and no thread', async () => {
    const count = () => readdirSync('/proc/self/fd').length + readdirSync('/proc/self/task').length;
    const once = async () => {
      const sender = new NixlSender({ library });
      await sender.send(floats(10));
      await sender.close();
    };
    await once();
    const before = count();
    for (let i = 0; i < 5; i++) await once();
    expect(count() - before).toBeLessThan(5);
  });
});
