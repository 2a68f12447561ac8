import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { encode, LimitError } from '../../dist/index.js';
import { native } from '../../dist/native/binding.js';
import { errorOf, runNode, slowness } from '../safe/outcome.js';
import { longNoise, noise } from './oracle.js';

/** What ends an encode before its time: nothing hangs, nothing crashes, the thread is free again. */

const long = { data: longNoise(), sampleRate: 48_000 };

/** Until some thread is at work. */
async function begun(): Promise<void> {
  while (native.load().running === 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('abort', () => {
  test('before the call', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    expect(await errorOf(encode(long, { format: 'flac', signal }))).toMatchObject({
      name: 'AbortError',
      cause: { message: 'too late' },
    });
  });

  test.each(['flac', 'wav'] as const)('during a long encode to %s', async (format) => {
    const controller = new AbortController();
    const encoding = encode(long, { format, signal: controller.signal });
    await begun();
    const started = performance.now();
    controller.abort();
    expect(await errorOf(encoding)).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    expect(performance.now() - started).toBeLessThan(50 * slowness);
    // Every thread is free again: many small ones do not wait for it.
    const small = { data: noise(1000), sampleRate: 8000 };
    await Promise.all(Array.from({ length: 16 }, () => encode(small, { format })));
    expect(performance.now() - started).toBeLessThan(200 * slowness);
  });
});

test('timeout', async () => {
  const error = await errorOf(encode(long, { format: 'flac', timeout: 5 }));
  expect(error).toBeInstanceOf(LimitError);
  expect(error).toMatchObject({ limit: 'timeout', max: 5, fault: 'server', retryable: true });
});

test('a file larger than an array can be is a typed error, not the end of the process', async () => {
  const options = { format: 0, bits: 32, sampleRate: 8000, channels: 1, maxBytes: 10_000, bitRate: 0 };
  const encoding = native.encode(noise(2600), options, new native.Cancellation());
  await expect(encoding).rejects.toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'encodedBytes', max: 10_000 });
});

const script = (body: string) => [
  '--input-type=module',
  '--eval',
  `import { Worker } from 'node:worker_threads';
   const { encode, encodeStream } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
   const million = Float32Array.from({ length: 1_000_000 }, () => Math.random() - 0.5);
   const data = new Float32Array(20 * million.length);
   for (let at = 0; at < data.length; at += million.length) data.set(million, at);
   const long = { data, sampleRate: 48_000 };
   ${body}`,
];

describe('the end of', () => {
  test.each([
    ['the process', "encode(long, { format: 'flac' }); setTimeout(() => process.exit(7), 30);"],
    [
      'the process, in a stream',
      "encodeStream([long], { format: 'flac' }).next(); setTimeout(() => process.exit(7), 30);",
    ],
  ])('%s', async (_, body) => {
    const run = await runNode(script(body));
    expect(run).toMatchObject({ code: 7, signal: null, stderr: '' });
  });

  test('a worker, in mid-encode and in mid-stream', async () => {
    const worker = fileURLToPath(new URL('encode-worker.mjs', import.meta.url));
    const run = await runNode(
      script(`
        for (let i = 0; i < 4; i++) {
          const worker = new Worker(${JSON.stringify(worker)}, { execArgv: [] });
          await new Promise((resolve) => worker.once('message', resolve));
          await new Promise((resolve) => setTimeout(resolve, 10 * i));
          await worker.terminate();
        }
        const bytes = await encode({ data: new Float32Array(100), sampleRate: 8000 }, { format: 'wav' });
        process.exitCode = bytes.length === 458 ? 7 : 1;`),
    );
    expect(run).toMatchObject({ code: 7, signal: null, stderr: '' });
  });

  test('a process with streams that nobody finished, collected in any order', async () => {
    const run = await runNode([
      '--expose-gc',
      ...script(`
        for (let i = 0; i < 200; i++) {
          const pieces = encodeStream([long.data.subarray(0, 5000), long.data].map((data) => ({ data, sampleRate: 8000 })), { format: 'flac' });
          await pieces.next();
          if (i % 50 === 0) { pieces.next().catch(() => {}); globalThis.gc(); }
        }
        globalThis.gc();
        process.exit(7);`),
    ]);
    expect(run).toMatchObject({ code: 7, signal: null, stderr: '' });
  });
});
