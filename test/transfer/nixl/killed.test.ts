import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type NixlDescriptor, NixlSender, TensorReceiver } from '../../../dist/transfer/index.js';
import { environment, isInstalled, whyNot } from '../../interop/dynamo.js';
import { errorOf, slowness } from '../../safe/outcome.js';
import { Peer } from './peer.js';

if (!isInstalled) process.stderr.write(`killed.test.ts is skipped: ${whyNot}\n`);

const library = environment;
const elements = 1_500_000;
const maxBytes = 16 * 1024 ** 2;
// Each round may wait for the lease and its guard, 6 s, and for a process that starts.
const timeout = 300_000 * slowness;
const whole = { data: new Uint8Array(maxBytes), shape: [maxBytes], dtype: 'bool' } as const;
const descriptors = (): number => readdirSync('/proc/self/fd').length;

// Milliseconds after its first word. The same every time, and spread over what a transfer takes.
const moments = Array.from({ length: 20 }, (_, i) => (i * 7.3) % 40);

describe.skipIf(!isInstalled)('a peer that is killed at 20 moments leaves nothing behind', () => {
  test('the sender, while it is read', { timeout }, async () => {
    await using receiver = new TensorReceiver({ nixl: { library, maxBytes }, timeout: 2000 * slowness });
    let first = 0;
    const ends = new Set<string>();
    for (const [i, moment] of moments.entries()) {
      const peer = new Peer('send');
      peer.tell({ elements, lease: 60 });
      const descriptor = (await peer.answer<NixlDescriptor>()) as NixlDescriptor;
      const killed = wait(moment).then(() => peer.kill());
      const outcome = await receiver.receive(descriptor).then(
        async (received) => {
          await received.release();
          return 'received';
        },
        ({ code }: { code: string }) => code,
      );
      ends.add(outcome);
      await killed;
      await peer.exited;
      if (i === 4) first = descriptors();
    }
    for (const end of ends) expect(['received', 'ERR_TRANSFER_FAILED']).toContain(end);
    // All of its memory is free, and it still reads.
    await using sender = new NixlSender({ library, maxBytes });
    const { descriptor } = await sender.send(whole);
    const received = await receiver.receive(descriptor);
    expect(received.tensor.data.byteLength).toBe(maxBytes);
    await received.release();
    // Those of UCX for a peer go with the peer: no more after twenty than after five, but for a few that are closing.
    expect(descriptors() - first).toBeLessThan(15);
  });

  test('the receiver, while it reads', { timeout }, async () => {
    await using sender = new NixlSender({ library, maxBytes });
    const lease = 1;
    let first = 0;
    for (const [i, moment] of moments.entries()) {
      const peer = new Peer('receive');
      expect(await peer.answer()).toBe('ready');
      const sent = await sender.send(
        { data: new Float32Array(elements), shape: [elements], dtype: 'float32' },
        { lease },
      );
      peer.tell(sent.descriptor);
      // Opening the library is a part of what it does.
      await wait(moment * 30);
      peer.kill();
      await peer.exited;
      expect(['received', 'expired']).toContain(await sent.completed);
      if (i === 4) first = descriptors();
    }
    expect(sender.held).toEqual({ bytes: 0, tensors: 0 });
    const last = await sender.send(whole);
    last.cancel();
    expect(await last.completed).toBe('cancelled');
    expect(await errorOf(sender.send(whole))).toMatchObject({ code: 'ERR_BUSY' });
    expect(descriptors() - first).toBeLessThan(15);
  });
});
