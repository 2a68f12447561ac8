import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encode } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { HttpSender } from '../../dist/transfer/index.js';
import { type EncodedItem, type EncodeItem, type EncodeResponse, EncodeWorker } from '../../dist/worker/index.js';
import { noise, towerFolder } from '../tower/reference.js';

/** A service at its limits: many requests at once, of all kinds. */

const slowness = Number(process.env.COCHLEA_SLOWNESS ?? 1);
/** Answers nothing, for as long as it is asked. */
const silent: ServerResponse[] = [];
const server = createServer((_, response) => void silent.push(response));
let tower: AudioTower;
let loader: AudioLoader;
let stalled: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stalled = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
  loader = new AudioLoader({ allowHttp: true, allowPrivateAddresses: true });
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await Promise.all([tower.close(), loader.close()]);
});

async function wav(samples: number, seed: number): Promise<string> {
  return Buffer.from(await encode(noise(samples, seed), { format: 'wav' })).toString('base64');
}

/** Tokens of Qwen2-Audio for so many samples: https://huggingface.co/docs/transformers/model_doc/qwen2_audio */
function tokensOf(samples: number): number {
  const frames = Math.ceil(samples / 160);
  const convolved = Math.floor((frames - 1) / 2) + 1;
  return Math.floor((convolved - 2) / 2) + 1;
}

interface Kind {
  readonly item: EncodeItem;
  /** Tokens, or the code of its error. */
  readonly expected: number | string;
}

const deadline = 20_000 * slowness;

test(
  '300 requests, mixed of good, bad, slow and aborted: each ends in time, and everything is given back',
  async () => {
    const concurrency = 16;
    const sizes = [8000, 16_000, 40_000];
    const good = await Promise.all(
      sizes.map(async (samples, seed) => ({
        item: { input_audio: { data: await wav(samples, seed) } },
        expected: tokensOf(samples),
      })),
    );
    const kinds: readonly Kind[] = [
      ...good,
      { item: { input_audio: { data: 'AAAA' } }, expected: 'ERR_AUDIO_UNSUPPORTED_CONTAINER' },
      { item: { audio_url: 'ftp://example.com/a.wav' }, expected: 'ERR_FETCH_REFUSED' },
    ];
    const transfer = new HttpSender({ url: 'http://127.0.0.1:1/tensors' });
    const worker = new EncodeWorker({ loader, tower, transfer, limits: { concurrency, deadline, queue: 1000 } });
    const delay = monitorEventLoopDelay({ resolution: 1 });
    let mostRunning = 0;
    let mostBytes = 0;
    const watch = setInterval(() => {
      mostRunning = Math.max(mostRunning, worker.stats.running);
      mostBytes = Math.max(mostBytes, transfer.held.bytes);
    }, 2);
    delay.enable();

    const run = async (index: number): Promise<string> => {
      const caller = new AbortController();
      const fate = index % 10 === 0 ? 'aborted' : index % 10 === 1 ? 'slow' : 'plain';
      const given = [0, 1, 2].map((i) => kinds[(index + i) % kinds.length] as Kind);
      const items = given.map(({ item }) => item);
      if (fate === 'slow') items.push({ audio_url: stalled });
      const start = performance.now();
      const responses = worker.generate(
        { items, request_id: String(index), deadline_ms: fate === 'slow' ? 2000 * slowness : deadline },
        { signal: caller.signal },
      );
      if (fate === 'aborted') setTimeout(() => caller.abort(), index);
      const list: EncodeResponse[] = [];
      try {
        for await (const response of responses) list.push(response);
      } catch (error) {
        expect(fate).toBe('aborted');
        expect(error).toMatchObject({ name: 'AbortError' });
        return 'aborted';
      } finally {
        // The deadline, and the time that a busy machine takes to tell 300 requests of theirs.
        expect(performance.now() - start).toBeLessThan(deadline + 20_000 * slowness);
      }
      expect(list.at(-1)).toMatchObject({ summary: { request_id: String(index), items: items.length } });
      const outcomes: (number | string)[] = [];
      for (const response of list.slice(0, -1)) {
        const { index: at } = response as EncodedItem;
        expect(outcomes[at]).toBeUndefined();
        outcomes[at] = 'error' in response ? response.error.code : (response as EncodedItem).tokens;
      }
      for (const [at, { expected }] of given.entries()) {
        // Under the deadline, or past it: nothing else.
        expect([expected, 'ERR_AUDIO_LIMIT']).toContain(outcomes[at]);
      }
      if (fate === 'slow') expect(outcomes[3]).toBe('ERR_AUDIO_LIMIT');
      return outcomes.includes('ERR_AUDIO_LIMIT') ? 'late' : 'done';
    };
    const ends = await Promise.all(Array.from({ length: 300 }, (_, index) => run(index)));
    delay.disable();
    clearInterval(watch);
    const count = (end: string): number => ends.filter((each) => each === end).length;
    console.log({
      done: count('done'),
      late: count('late'),
      aborted: count('aborted'),
      mostRunning,
      mostBytes,
      eventLoopP99: `${(delay.percentile(99) / 1e6).toFixed(1)} ms`,
    });
    expect(mostRunning).toBeLessThanOrEqual(concurrency);
    expect(worker.stats).toEqual({ requests: 0, running: 0, waiting: 0 });
    expect(count('done')).toBeGreaterThan(0);
    expect(delay.percentile(99) / 1e6).toBeLessThan(200 * slowness);
    await worker.close();
    await transfer.close();
    expect(transfer.held).toEqual({ bytes: 0, tensors: 0 });
  },
  120_000 * slowness,
);

test('clips that stall do not keep the worker from closing longer than their deadline', async () => {
  const transfer = new HttpSender({ url: 'http://127.0.0.1:1/tensors' });
  const worker = new EncodeWorker({ loader, tower, transfer, limits: { deadline: 300 } });
  const responses = worker.generate({ items: [{ audio_url: stalled }, { audio_url: stalled }] });
  const first = responses.next();
  await worker.close();
  expect((await first).value).toMatchObject({ error: { code: 'ERR_AUDIO_LIMIT', fault: 'server', retryable: true } });
  await responses.return();
  await transfer.close();
});

test('a caller who reads slowly holds no more than the window of embeddings', async () => {
  const transfer = new HttpSender({ url: 'http://127.0.0.1:1/tensors' });
  const worker = new EncodeWorker({ loader, tower, transfer, limits: { concurrency: 4 } });
  const data = await wav(8000, 1);
  const responses = worker.generate({ items: Array.from({ length: 40 }, () => ({ input_audio: { data } })) });
  for (let read = 1; read <= 5; read++) {
    await responses.next();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(transfer.held.tensors).toBeLessThanOrEqual(read + 4);
  }
  await responses.return();
  expect(transfer.held.tensors).toBeLessThanOrEqual(5);
  await transfer.close();
});
