// What every mode promises: the tensor that a producer sends is, bit for bit, what a consumer receives. Both are
// processes of their own, and descriptors go between them as lines of JSON. The oracle is SHA-256, which the producer
// makes of the bytes before it sends them.
import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TransferMode } from '../../dist/transfer/index.js';
import { nothing } from './left.mjs';
import { Peer } from './peer.js';

const width = 4096;
const dtypes = ['float32', 'float16', 'bfloat16'] as const;

interface Way {
  readonly name: string;
  readonly mode: TransferMode;
  readonly options: (folder: string) => object;
  /** 7500 × 4096 elements are 123 MB in float32: as text, they would take longer than all other cases together. */
  readonly longest: (dtype: string) => number;
}

const ways: readonly Way[] = [
  { name: 'inline, safetensors', mode: 'inline', options: () => ({ format: 'safetensors' }), longest: () => 750 },
  {
    name: 'inline, raw',
    mode: 'inline',
    options: () => ({ format: 'raw' }),
    longest: (dtype) => (dtype === 'bfloat16' ? 7500 : 750),
  },
  { name: 'file, dynamo', mode: 'file', options: (folder) => ({ folder, layout: 'dynamo' }), longest: () => 7500 },
  { name: 'file, vllm', mode: 'file', options: (folder) => ({ folder, layout: 'vllm' }), longest: () => 7500 },
  { name: 'http', mode: 'http', options: () => ({}), longest: () => 7500 },
];

describe.each(ways)('$name', ({ mode, options, longest }) => {
  const folder = mkdtempSync('/dev/shm/cochlea-test-');
  let producer: Peer;
  let consumer: Peer;

  beforeAll(async () => {
    producer = await Peer.start('producer-apart.mjs', { mode, options: options(folder) });
    // The origin is that of the producer, which chooses its port itself: its first descriptor tells.
    const { descriptor } = await producer.ask({ verb: 'send', tensor: { dtype: 'float32', shape: [1] } });
    const origins = mode === 'http' ? [new URL(descriptor.url).origin] : [];
    consumer = await Peer.start('consumer-apart.mjs', { folders: [folder], origins });
    await consumer.ask(descriptor);
  });

  afterAll(async () => {
    await producer.kill();
    await consumer.kill();
    rmSync(folder, { recursive: true });
  });

  async function pass(tensor: { readonly dtype: string; readonly shape: readonly number[]; place?: string }) {
    const { descriptor, hash } = await producer.ask({ verb: 'send', tensor });
    const { dtype, shape } = tensor;
    const elements = shape.reduce((product, axis) => product * axis, 1);
    const size = elements * (dtype === 'float32' ? 4 : 2);
    expect(descriptor).toMatchObject({ mode, dtype, shape, size, digest: expect.stringMatching(/^xxh3:/) });
    const received = await consumer.ask(descriptor);
    expect(received, JSON.stringify(tensor)).toMatchObject({ hash, dtype, shape });
    // Released: its memory is gone.
    if (elements > 0) expect(received.lengthAfter).toBe(0);
    expect(received.left).toMatchObject({ mappings: 0, descriptors: 0 });
    return { descriptor, received };
  }

  test.each(dtypes)('%s: 1, 25, 750 and 7500 tokens', async (dtype) => {
    for (const tokens of [1, 25, 750, 7500].filter((count) => count <= longest(dtype))) {
      const { descriptor, received } = await pass({ dtype, shape: [tokens, width] });
      // vLLM, and who reads as it does, does not say that it has received.
      if (descriptor.layout === 'vllm') continue;
      expect(received.left).toEqual(nothing);
      expect(await producer.ask({ verb: 'ended' })).toEqual({ how: 'received', held: { bytes: 0, tensors: 0 } });
    }
  });

  test.each(dtypes)('%s: no tokens, a scalar, three axes', async (dtype) => {
    for (const shape of [[0, width], [], [2, 3, 5], [1]]) await pass({ dtype, shape });
  });

  test('a part of a larger buffer, and memory that threads share', async () => {
    for (const dtype of dtypes) {
      for (const place of ['view', 'shared']) await pass({ dtype, shape: [25, 33], place });
    }
  });
});
