import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AudioDecoder, decode, probe } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { runScript } from '../concurrency/child.js';
import { until } from '../concurrency/long-audio.js';
import { errorOf, memorySlack, slowness } from '../safe/outcome.js';
import { silentWav } from '../safe/sounds.js';

/** Blobs, and the bodies of fetch. */

const mp3 = readFileSync(fileURLToPath(new URL('../fixtures/ranges/lame.mp3', import.meta.url)));
const decoder = new AudioDecoder();
const whole = await decode(mp3);

async function framesOf(chunks: AsyncIterable<{ frames: number }>): Promise<number> {
  let frames = 0;
  for await (const chunk of chunks) frames += chunk.frames;
  return frames;
}

/** `toEqual` takes seconds for as many samples. */
function sameAsWhole({ data }: { data: Float32Array }): boolean {
  return Buffer.compare(bytesOf(data), bytesOf(whole.data)) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Whose bytes never come. */
function silentBlob(): Blob {
  const blob = new Blob([mp3]);
  const never = () => new Promise<never>(() => {});
  return Object.assign(blob, { arrayBuffer: never, stream: () => new ReadableStream({ pull: never }) });
}

describe('while a blob is read', () => {
  const calls: [string, (blob: Blob, options: object) => Promise<unknown>][] = [
    ['decode', decode],
    ['probe', probe],
    ['stream', (blob, options) => framesOf(decoder.stream(blob, options))],
    ['load', (blob, options) => new AudioLoader().load(blob, options)],
  ];
  test.each(calls)('the timeout and the signal of %s count', async (_, call) => {
    const started = performance.now();
    expect(await errorOf(call(silentBlob(), { timeout: 50 }))).toMatchObject({ limit: 'timeout', max: 50 });
    const signal = AbortSignal.timeout(50);
    expect(await errorOf(call(silentBlob(), { signal }))).toMatchObject({ name: 'AbortError', cause: signal.reason });
    expect(performance.now() - started).toBeLessThan(200 * slowness);
  });
});

test('a blob of 300 MB is decoded piece by piece, and not read whole before', async () => {
  const run = await runScript(
    `
    import { openAsBlob, writeFileSync, rmSync, mkdtempSync } from 'node:fs';
    const folder = mkdtempSync('/tmp/cochlea-blob-');
    const silence = new Int16Array(150e6);
    writeFileSync(folder + '/long.wav', wav(silence, 48000));
    const blob = await openAsBlob(folder + '/long.wav');
    silence.buffer.transfer?.(0);
    globalThis.gc();
    const before = process.memoryUsage.rss();
    let most = 0, frames = 0;
    for await (const chunk of new AudioDecoder().stream(blob, { seconds: 60 })) {
      frames += chunk.frames;
      most = Math.max(most, process.memoryUsage.rss() - before);
    }
    rmSync(folder, { recursive: true });
    console.log(JSON.stringify({ most, frames }));`,
    ['--expose-gc'],
  );
  expect(run.code, run.stderr).toBe(0);
  const { most, frames } = JSON.parse(run.stdout);
  expect(frames).toBe(150e6);
  expect(most).toBeLessThan(150e6 * memorySlack);
});

test('a blob that is larger than the limit is not read', async () => {
  const small = new AudioDecoder({ limits: { inputBytes: 1000 } });
  const limited = { limit: 'inputBytes', max: 1000, actual: mp3.length };
  expect(await errorOf(framesOf(small.stream(new Blob([mp3]))))).toMatchObject(limited);
  expect(await errorOf(small.decode(new Blob([mp3])))).toMatchObject(limited);
});

describe('the body of fetch', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const status = Number(request.url?.slice(1));
      // A kept connection could be closed by the server in the moment when it is used again.
      response.writeHead(status, { connection: 'close' }).end(status === 204 ? undefined : mp3);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  test('a Response is decoded, described, streamed and loaded', async () => {
    expect(sameAsWhole(await decode(await fetch(`${url}/200`)))).toBe(true);
    expect(await probe(await fetch(`${url}/203`))).toMatchObject({ codec: 'mp3' });
    expect(await framesOf(decoder.stream(await fetch(`${url}/200`)))).toBe(whole.frames);
    expect(sameAsWhole(await new AudioLoader().load(await fetch(`${url}/200`)))).toBe(true);
    expect(sameAsWhole(await decode(new Response(mp3)))).toBe(true);
  });

  test('so is a Request', async () => {
    expect(sameAsWhole(await decode(new Request(url, { method: 'POST', body: mp3 })))).toBe(true);
  });

  test.each([
    [404, 'client', false],
    [503, 'server', true],
  ])('a Response of %i is no audio, whatever comes with it', async (status, fault, retryable) => {
    const failed = { code: 'ERR_FETCH_FAILED', reason: 'status', status, fault, retryable };
    const response = await fetch(`${url}/${status}`);
    expect(await errorOf(decode(response))).toMatchObject(failed);
    expect(response.body?.locked).toBe(false);
    expect(await errorOf(framesOf(decoder.stream(await fetch(`${url}/${status}`))))).toMatchObject(failed);
    expect(await errorOf(new AudioLoader().load(await fetch(`${url}/${status}`)))).toMatchObject(failed);
  });

  test('without a body it is empty; one that was read already is refused at the call', async () => {
    expect(await errorOf(decode(await fetch(`${url}/204`)))).toMatchObject({ code: 'ERR_AUDIO_EMPTY' });
    const response = new Response(mp3);
    await response.arrayBuffer();
    expect(() => decode(response)).toThrow(/a Response whose body was read already/);
  });

  test('is cancelled where it is a download that is not wanted any more', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(silentWav(10, 16_000)),
      cancel() {
        cancelled = true;
      },
    });
    await decode(new Response(body), { end: 1 });
    await until(() => cancelled);
  });
});

describe('a process', () => {
  test.each([
    ['decode', 'decode(silent())'],
    ['a stream', 'new AudioDecoder().stream(silent())[Symbol.asyncIterator]().next()'],
    [
      'a stream, in the middle',
      'const s = new AudioDecoder().stream(begun(), { frames: 1000 })[Symbol.asyncIterator](); await s.next(); s.next()',
    ],
    ['decode, in the middle', 'decode(begun()); await sleep(50)'],
    ['a web stream', 'decode(new ReadableStream({}))'],
    ['a generator', 'decode((async function* () { yield tone.subarray(0, 5000); await new Promise(() => {}); })())'],
  ])('is not held by %s whose producer is silent', async (_, body) => {
    const run = await runScript(`
      import { Readable } from 'node:stream';
      const silent = () => new Readable({ read() {} });
      const begun = () => { const source = silent(); source.push(tone.subarray(0, 5000)); return source; };
      ${body};
      process.on('exit', () => console.log('over'));`);
    expect(run).toMatchObject({ code: 0, stdout: 'over\n', stderr: '' });
    expect(run.milliseconds).toBeLessThan(3000 * slowness);
  });

  test('waits for what there is to do: the rest of what came, a failure, a timeout', async () => {
    const run = await runScript(`
      import { Readable } from 'node:stream';
      const feed = (...chunks) => { const source = new Readable({ read() {} }); for (const chunk of chunks) source.push(chunk); return source; };
      const told = (promise) => promise.then(({ frames }) => console.log(frames), ({ code, limit }) => console.log(limit ?? code));
      told(decode(feed(tone, null)));
      told(decode(feed(long, null), slow));
      told(decode(feed(Buffer.from('--x\\r\\nContent-Disposition: form-data\\r\\n\\r\\n'))));
      told(decode(feed(tone.subarray(0, 5000)), { timeout: 300 }));
      const signal = new AbortController();
      decode(feed(tone.subarray(0, 5000)), { signal: signal.signal }).catch(({ code }) => console.log(code));
      await sleep(100);
      signal.abort();`);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout.trim().split('\n').sort()).toEqual(
      ['16000', String(1800 * 48_000), 'ABORT_ERR', 'ERR_AUDIO_UNSUPPORTED_CONTAINER', 'timeout'].sort(),
    );
  });
});
