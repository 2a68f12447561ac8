// The scripts of docs/guide/transfer.md, as they stand there: Python takes our tensors bit for bit.
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Tensor } from '../../dist/index.js';
import {
  FileSender,
  HttpSender,
  InlineSender,
  type TransferDescriptor,
  vllmAudioEmbeds,
} from '../../dist/transfer/index.js';
import { slowness } from '../safe/outcome.js';
import { sharedFolder } from './peer.js';

const page = readFileSync(new URL('../../docs/guide/transfer.md', import.meta.url), 'utf8');
const scripts = Object.fromEntries(
  [...page.matchAll(/^```python\n# (\w+\.py)\n([\s\S]*?)^```$/gm)].map(([, name, text]) => [name, text]),
) as Record<string, string>;

const python = process.env.COCHLEA_PYTHON ?? 'python3';
const check: SpawnSyncReturns<string> = spawnSync(python, ['-c', 'import numpy, safetensors.numpy'], {
  encoding: 'utf8',
});
const ready = check.status === 0;
if (!ready) console.log(`skipped: ${python} has no numpy and safetensors (COCHLEA_PYTHON names one that has)`);

/** Runs a script with something on its input, and returns what it prints. */
async function run(script: string, input: unknown, ...args: string[]): Promise<string> {
  const child = spawn(python, ['-c', script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 20_000 * slowness,
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  child.stdin.end(JSON.stringify(input));
  expect(await once(child, 'close')).toEqual([0, null]);
  return printed.trim();
}

/** What a script made: its shape, its type, and the SHA-256 of its bytes. */
const told = `
import hashlib
print(list(embeddings.shape), embeddings.dtype, hashlib.sha256(embeddings.tobytes()).hexdigest())
`;

const bits = Uint32Array.from({ length: 25 * 64 }, (_, i) => (i * 2_654_435_761) % 2 ** 32);
const tensors: readonly Tensor[] = [
  { data: new Float32Array(bits.buffer), shape: [25, 64], dtype: 'float32' },
  { data: new Uint16Array(bits.buffer), shape: [50, 64], dtype: 'float16' },
];

async function expectSame(name: string, tensor: Tensor, descriptor: TransferDescriptor): Promise<void> {
  const { data, shape, dtype } = tensor;
  const hash = createHash('sha256').update(new Uint8Array(data.buffer)).digest('hex');
  expect(await run(`${scripts[name]}${told}`, descriptor)).toBe(`[${shape.join(', ')}] ${dtype} ${hash}`);
  expect(data.byteLength).toBe(bits.byteLength);
}

async function listening(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the page has all of these scripts', () => {
  const names = ['inline_safetensors.py', 'inline_raw.py', 'file.py', 'http.py', 'ask_vllm.py'];
  expect(Object.keys(scripts).sort()).toEqual(names.sort());
});

describe.skipIf(!ready).each(tensors)('$dtype', (tensor) => {
  test('inline', async () => {
    const safetensors = await new InlineSender().send(tensor);
    await expectSame('inline_safetensors.py', tensor, safetensors.descriptor);
    const raw = await new InlineSender({ format: 'raw' }).send(tensor);
    await expectSame('inline_raw.py', tensor, raw.descriptor);
  });

  test.each(['dynamo', 'vllm'] as const)('file, %s', async (layout) => {
    await using sender = new FileSender({ folder: sharedFolder(), layout });
    const { descriptor, completed } = await sender.send(tensor);
    await expectSame('file.py', tensor, descriptor);
    expect(existsSync(descriptor.path)).toBe(layout === 'vllm');
    if (layout === 'dynamo') expect(await completed).toBe('received');
  });

  test('http', async () => {
    const origin = await listening((request, response) => sender.handle(request, response));
    await using sender = new HttpSender({ url: `${origin}/v1/tensors` });
    const { descriptor, completed } = await sender.send(tensor);
    await expectSame('http.py', tensor, descriptor);
    expect(await completed).toBe('received');
  });
});

// An unmodified vLLM answers in test/interop/vllm.test.ts.
test.skipIf(!ready)('the request for vLLM has the part, as a chat message', async () => {
  const bodies: unknown[] = [];
  const origin = await listening(async (request, response) => {
    const chunks = await request.toArray();
    bodies.push([request.url, JSON.parse(Buffer.concat(chunks).toString())]);
    response.end(JSON.stringify({ choices: [{ message: { content: 'A bell.' } }] }));
  });
  await using sender = new FileSender({ folder: sharedFolder(), layout: 'vllm' });
  const inline = await new InlineSender({ format: 'torch' }).send(tensors[0] as Tensor);
  const file = await sender.send(tensors[0] as Tensor);
  for (const part of [vllmAudioEmbeds(inline.descriptor), vllmAudioEmbeds(file.descriptor)]) {
    expect(await run(scripts['ask_vllm.py'] as string, part, origin)).toBe('A bell.');
    const content = [part, { type: 'text', text: 'What is said?' }];
    const request = { model: 'qwen2-audio', messages: [{ role: 'user', content }] };
    expect(bodies.pop()).toEqual(['/v1/chat/completions', request]);
  }
});
