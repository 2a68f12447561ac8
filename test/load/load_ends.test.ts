import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AudioLoader, LoadSource } from '../../dist/load/index.js';
import { native } from '../../dist/native/binding.js';
import { runScript } from '../concurrency/child.js';
import { longWav, sleep, slowOptions, until } from '../concurrency/long-audio.js';
import { errorOf } from '../safe/outcome.js';
import { localLoader, serve, settled, type TestServer, wavOf } from './cache_server.js';

/** Loaders that are closed, and threads and processes that end, in the middle of everything. */

const loadUrl = new URL('../../dist/load/index.js', import.meta.url).href;
let server: TestServer;
const large = wavOf(60);

beforeAll(async () => {
  server = await serve((request, response) => {
    if (request.url === '/redirect') response.writeHead(302, { location: '/silent' }).end();
    else if (request.url === '/half') response.write(large.subarray(0, 2_000_000));
    else if (request.url === '/some') response.write(large.subarray(0, 1000));
    else if (request.url === '/busy') response.writeHead(503, { 'retry-after': '5' }).end();
    else if (request.url === '/long') response.end(longWav);
    else if (request.url === '/short') response.end(wavOf(0.1));
  });
});
afterAll(() => server.close());

/** What a loader may be in the middle of, and how to tell that it is. */
const phases: [string, (loader: AudioLoader) => Promise<unknown>, () => boolean][] = [
  ['at once', (loader) => loader.load(`${server.origin}/silent`), () => true],
  ['before the answer', (loader) => loader.load(`${server.origin}/silent`), () => server.open === 1],
  [
    'after a redirect',
    (loader) => loader.load(`${server.origin}/redirect`),
    () => server.requests.get('/silent') === 1,
  ],
  ['in a small body', (loader) => loader.load(`${server.origin}/some`), () => server.open === 1],
  ['in a body that is decoded', (loader) => loader.load(`${server.origin}/half`), () => native.load().stalled === 1],
  ['between two tries', (loader) => loader.load(`${server.origin}/busy`), () => server.requests.get('/busy') === 1],
  ['while bytes are hashed', (loader) => loader.load(longWav), () => true],
  ['while bytes are decoded', (loader) => loader.load(longWav, slowOptions), () => native.load().running > 0],
  [
    'while a body is decoded',
    (loader) => loader.load(`${server.origin}/long`, slowOptions),
    () => native.load().running > 0,
  ],
  ['in an upload', (loader) => loader.load(new Readable({ read() {} })), () => true],
  ['while a blob is read', (loader) => loader.load(new Blob([longWav])), () => true],
  ['in a probe', (loader) => loader.probe(`${server.origin}/silent`), () => server.open === 1],
];

describe('a loader that is closed', () => {
  test.each(phases)('%s: all reject with ERR_CLOSED, and nothing goes on', async (_, begin, isThere) => {
    server.requests.clear();
    const loader = localLoader({ fetch: { bodyBytes: 1e9 } });
    const load = errorOf(begin(loader));
    await settled();
    await until(isThere);
    await loader.close();
    expect(await load).toMatchObject({ code: 'ERR_CLOSED', fault: 'server', retryable: false });
    await until(() => server.open === 0 && native.load().running === 0 && native.load().stalled === 0);
    expect(loader.stats()).toMatchObject({ loading: 0, waiting: 0, entries: 0, bytes: 0 });
  });

  test('rejects those who wait for a place, and those who come later', async () => {
    const loader = localLoader({ concurrency: { downloads: 1, decodes: 1 } });
    const sources: LoadSource[] = [`${server.origin}/silent`, `${server.origin}/silent?2`, longWav, longWav, longWav];
    const early = sources.map((source, i) => errorOf(loader.load(source, { ...slowOptions, end: 100 + i })));
    await until(() => loader.stats().waiting > 1);
    const [first, second] = [loader.close(), loader.close()];
    const late = sources.map((source) => errorOf(loader.load(source)));
    for (const error of await Promise.all([...early, ...late])) {
      expect(error).toMatchObject({ code: 'ERR_CLOSED', fault: 'server', retryable: false });
    }
    await Promise.all([first, second]);
    expect(await errorOf(loader.probe(wavOf(1)))).toMatchObject({ code: 'ERR_CLOSED' });
    expect(loader.stats()).toMatchObject({ loading: 0, waiting: 0 });
  });
});

test('the time of a loader counts for each who waits, from when it came', async () => {
  const timeout = 250;
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-load-'));
  const file = join(folder, 'long.wav');
  writeFileSync(file, longWav);
  await using loader = localLoader({ timeout, allowedRoot: folder });
  const options = { ...slowOptions, parallel: 'off' } as const;
  const first = errorOf(loader.load(file, options));
  await sleep(0.8 * timeout);
  const start = performance.now();
  const second = errorOf(loader.load(file, options));
  for (const call of [first, second]) expect(await call).toMatchObject({ limit: 'timeout', max: timeout });
  expect(performance.now() - start).toBeGreaterThan(0.9 * timeout);
  rmSync(folder, { recursive: true });
});

const script = (body: string): string => `
  import { AudioLoader } from '${loadUrl}';
  import { Readable } from 'node:stream';
  const origin = '${server.origin}';
  const loader = new AudioLoader({ allowHttp: true, allowPrivateAddresses: true });
  const busy = () => {
    for (let i = 0; i < 5; i++) {
      loader.load(origin + '/silent?' + i).catch(() => {});
      loader.load(origin + '/half?').catch(() => {});
      loader.load(long, { ...slow, end: 100 + i }).catch(() => {});
      loader.load(new Readable({ read() {} })).catch(() => {});
    }
  };
  ${body}`;

describe('a process', () => {
  test('ends by itself once its loads are done, its loader open', async () => {
    const run = await runScript(script(`console.log((await loader.load(origin + '/short')).frames);`));
    expect(run).toMatchObject({ code: 0, stdout: '1600\n', stderr: '' });
    // Not by the timeout of a connection that is kept.
    expect(run.milliseconds).toBeLessThan(30_000);
  });

  test('learns what its callbacks throw, and the loads go on', async () => {
    const run = await runScript(`
      import { AudioLoader } from '${loadUrl}';
      process.on('uncaughtException', ({ message }) => console.log(message));
      const onEvict = ({ key, label, bytes }) => { throw new Error([key.length, label, bytes].join()); };
      const small = new AudioLoader({ cache: { maxBytes: 70_000, onEvict } });
      for (const end of [1, 0.9]) console.log((await small.load(tone, { end })).frames);`);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout.trim().split('\n').sort()).toEqual(['14400', '16000', `43,32044 bytes,${16_000 * 4 + 2048}`]);
  });

  test('ends by itself after close', async () => {
    const run = await runScript(script('busy(); await sleep(50); await loader.close(); console.log("closed");'));
    expect(run).toMatchObject({ code: 0, stdout: 'closed\n', stderr: '' });
  });

  test('ends at once by exit, whatever is loading', async () => {
    const run = await runScript(script('busy(); await sleep(50); process.exit(3);'));
    expect(run).toMatchObject({ code: 3, signal: null, stderr: '' });
  });
});

test('a worker that is terminated takes its loads with it, and nothing else', async () => {
  await using loader = localLoader();
  for (let round = 0; round < 3; round++) {
    const worker = new Worker(
      `import(${JSON.stringify(loadUrl)}).then(({ AudioLoader }) => {
        const { parentPort, workerData } = require('node:worker_threads');
        const { Readable } = require('node:stream');
        const loader = new AudioLoader({ allowHttp: true, allowPrivateAddresses: true });
        for (let i = 0; i < 4; i++) {
          loader.load(workerData.origin + '/half?' + i).catch(() => {});
          loader.load(workerData.origin + '/silent?' + i).catch(() => {});
          loader.load(workerData.long, { sampleRate: 48000, quality: 'VHQ', end: 100 + i }).catch(() => {});
          loader.load(new Readable({ read() {} })).catch(() => {});
        }
        setTimeout(() => parentPort.postMessage('busy'), 20 * (1 + workerData.round));
      });`,
      { eval: true, execArgv: [], workerData: { origin: server.origin, long: longWav, round } },
    );
    await once(worker, 'message');
    await worker.terminate();
    expect((await loader.load(wavOf(0.1, round))).frames).toBe(1600);
    expect((await loader.load(`${server.origin}/short`)).frames).toBe(1600);
    await until(() => server.open === 0 && native.load().running === 0 && native.load().stalled === 0);
  }
});
