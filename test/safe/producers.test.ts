import { once } from 'node:events';
import { createReadStream, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AudioDecoder, type AudioStream, decode, probe } from '../../dist/index.js';
import { native } from '../../dist/native/binding.js';
import { libraryUrl, runScript } from '../concurrency/child.js';
import { sleep, until } from '../concurrency/long-audio.js';
import { errorOf, slowness } from './outcome.js';

/** Producers that are slow, stall, break or never end. After each, no thread sleeps and nothing is open. */

const file = fileURLToPath(new URL('../fixtures/ranges/lame.mp3', import.meta.url));
const bytes = readFileSync(file);
const idle = { running: 0, waiting: 0, stalled: 0 };

afterEach(async () => {
  await until(() => JSON.stringify({ ...native.load(), threads: 0 }) === JSON.stringify({ threads: 0, ...idle }));
});

/** Sends the start of a file and then nothing more, for ever. */
function stalling(count = 20_000): Readable {
  const stream = new Readable({ read() {} });
  stream.push(bytes.subarray(0, count));
  return stream;
}

/** An iterator whose next() never settles, and whose return() waits for it, as a generator's does. */
async function* hanging(): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, 20_000);
  await new Promise(() => {});
}

async function drain(stream: AudioStream): Promise<number> {
  let frames = 0;
  for await (const chunk of stream) frames += chunk.frames;
  return frames;
}

const calls: [string, (source: Readable | AsyncGenerator<Uint8Array>, options: object) => Promise<unknown>][] = [
  ['decode', (source, options) => decode(source, options)],
  ['probe', (source, options) => probe(source, options)],
  ['stream', (source, options) => drain(new AudioDecoder().stream(source, options))],
];

describe.each(calls)('%s', (name, call) => {
  // The start of the file is enough to describe it.
  const sent = name === 'probe' ? 100 : 20_000;

  test('of a producer that stalls ends by its timeout, and closes the producer', async () => {
    const source = stalling(sent);
    const error = await errorOf(call(source, { timeout: 100 }));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'timeout', fault: 'server', retryable: true });
    expect(source.destroyed).toBe(true);
  });

  test('of a producer that stalls ends by an abort', async () => {
    const controller = new AbortController();
    const source = stalling(sent);
    const promise = errorOf(call(source, { signal: controller.signal }));
    await until(() => native.load().stalled === 1);
    const aborted = performance.now();
    controller.abort('enough');
    expect(await promise).toMatchObject({ name: 'AbortError', cause: 'enough' });
    expect(performance.now() - aborted).toBeLessThan(50 * slowness);
    expect(source.destroyed).toBe(true);
  });

  test('of a producer that sends nothing at all', async () => {
    expect(await errorOf(call(new Readable({ read() {} }), { timeout: 50 }))).toMatchObject({ limit: 'timeout' });
    expect(await errorOf(call(Readable.from([]), {}))).toMatchObject({ code: 'ERR_AUDIO_EMPTY' });
  });

  test('of a producer that throws has its error as the cause', async () => {
    const cause = new Error('of the producer');
    async function* broken() {
      yield bytes.subarray(0, sent);
      throw cause;
    }
    const error = await errorOf(call(broken(), {}));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_SOURCE', fault: 'client' });
    expect(error.cause).toBe(cause);
  });

  test('of something that is no audio closes the producer', async () => {
    const source = Readable.from(
      (async function* () {
        while (true) yield Buffer.from('this is text, and it goes on and on\n'.repeat(1000));
      })(),
    );
    expect(await errorOf(call(source, {}))).toMatchObject({ code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER' });
    expect(source.destroyed).toBe(true);
  });
});

test('chunks that are no bytes are an error of the source', async () => {
  for (const chunk of ['text', 1, { length: 3 }, [1, 2]]) {
    const error = await errorOf(decode(Readable.from([chunk]) as never));
    expect(error).toMatchObject({
      code: 'ERR_AUDIO_SOURCE',
      cause: { message: /chunks of the source must be Uint8Array/ },
    });
  }
});

test('an iterator that hangs in next() does not hold up an abort', async () => {
  const signal = AbortSignal.timeout(50);
  expect(await errorOf(decode(hanging(), { signal }))).toMatchObject({ name: 'AbortError' });
  expect(await errorOf(drain(new AudioDecoder().stream(hanging(), { timeout: 50 })))).toMatchObject({
    limit: 'timeout',
  });
});

test('an endless producer meets the limit of bytes, whatever it claims', async () => {
  let sent = 0;
  async function* endless() {
    yield bytes;
    for (; ; sent += 100_000) yield new Uint8Array(100_000);
  }
  const limits = { inputBytes: 3_000_000 };
  expect(await errorOf(new AudioDecoder({ limits }).decode(endless()))).toMatchObject({
    limit: 'inputBytes',
    max: 3_000_000,
  });
  expect(sent).toBeLessThan(6_000_000);
});

test('stalled producers take no place: others decode meanwhile', async () => {
  const controller = new AbortController();
  const stalled = Array.from({ length: 40 }, () => errorOf(decode(stalling(), { signal: controller.signal })));
  await until(() => native.load().stalled === 40);
  expect(native.load()).toMatchObject({ running: 0, waiting: 0 });
  const audio = await Promise.all(Array.from({ length: 8 }, () => decode(file)));
  expect(audio.every(({ frames }) => frames === audio[0]?.frames)).toBe(true);
  controller.abort();
  for (const error of await Promise.all(stalled)) expect(error.name).toBe('AbortError');
});

test('leaving the loop closes the source, by break and by an error', async () => {
  const decoder = new AudioDecoder();
  for (const leave of ['break', 'throw']) {
    const source = createReadStream(file, { highWaterMark: 500 });
    const loop = async () => {
      for await (const _ of decoder.stream(source, { seconds: 0.1 })) {
        if (leave === 'break') break;
        throw new Error('of the loop');
      }
    };
    if (leave === 'break') await loop();
    else expect((await errorOf(loop())).message).toBe('of the loop');
    await until(() => source.closed);
  }
});

test('a file is closed with its stream', async () => {
  const isOpen = () =>
    readdirSync('/proc/self/fd').some((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === file;
      } catch {
        return false;
      }
    });
  for await (const _ of new AudioDecoder().stream(file, { seconds: 0.1 })) {
    expect(isOpen()).toBe(true);
    break;
  }
  await until(() => !isOpen());
});

describe('over a real connection', () => {
  let server: Server;
  let url: string;
  let reset: () => void;
  beforeAll(async () => {
    server = createServer((request, response) => {
      // A kept connection could be closed by the server in the moment when it is used again.
      response.writeHead(200, { 'content-length': bytes.length, connection: 'close' });
      if (request.url === '/whole') response.end(bytes);
      else response.write(bytes.subarray(0, 30_000));
      reset = () => response.socket?.resetAndDestroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  test('a body decodes while it downloads', async () => {
    const { body } = await fetch(`${url}/whole`);
    expect((await decode(body as ReadableStream<Uint8Array>)).data).toEqual((await decode(file)).data);
  });

  test('a reset is an error, not the end of the audio', async () => {
    const { body } = await fetch(`${url}/reset`);
    // The headers have come: a reset throws away what waits.
    reset();
    const error = await errorOf(drain(new AudioDecoder().stream(body as ReadableStream<Uint8Array>)));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_SOURCE' });
    expect(error.cause).toBeInstanceOf(Error);
  });
});

test('a large MP4 with its index behind goes through a temporary file, which leaves nothing behind', async () => {
  const mov = readFileSync(fileURLToPath(new URL('../fixtures/ranges/pcm.mov', import.meta.url)));
  // A free box of 40 MB behind the rest.
  const padding = Buffer.alloc(40_000_000);
  padding.writeUInt32BE(padding.length, 0);
  padding.write('free', 4, 'latin1');
  const source = Readable.from([
    mov,
    ...Array.from({ length: 40 }, (_, i) => padding.subarray(i * 1e6, (i + 1) * 1e6)),
  ]);
  const audio = await decode(source);
  expect(audio.source).toMatchObject({ collected: 'file', size: mov.length + padding.length });
  expect(audio.data).toEqual((await decode(mov)).data);
  const open = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  expect(open.filter((target) => target.includes('deleted'))).toEqual([]);
});

describe('the end of the process', () => {
  const stalled = `
    import { Readable } from 'node:stream';
    const stalling = () => { const s = new Readable({ read() {} }); s.push(tone.subarray(0, 20000)); return s; };
    for (let i = 0; i < 5; i++) decode(stalling()).catch(() => {});
    const chunks = new AudioDecoder().stream(stalling(), { seconds: 0.1 })[Symbol.asyncIterator]();
    await chunks.next();
    chunks.next().catch(() => {});
    await sleep(50);`;

  test('is not held up by stalled producers', async () => {
    expect(await runScript(`${stalled} process.exit(3);`)).toMatchObject({ code: 3, signal: null });
  });

  test('nor that of a worker', async () => {
    const worker = new Worker(
      `import(${JSON.stringify(libraryUrl)}).then(async ({ decode }) => {
        const { Readable } = require('node:stream');
        const { parentPort, workerData } = require('node:worker_threads');
        for (let i = 0; i < 5; i++) {
          const stream = new Readable({ read() {} });
          stream.push(workerData);
          decode(stream).catch(() => {});
        }
        setTimeout(() => parentPort.postMessage('stalled'), 50);
        // By itself, a worker whose decodes wait for their producers is over.
        setInterval(() => {}, 1000);
      });`,
      { eval: true, execArgv: [], workerData: bytes.subarray(0, 20_000) },
    );
    await once(worker, 'message');
    await until(() => native.load().stalled === 5);
    await worker.terminate();
  });
});

test('a stream that is dropped is collected, with its threads and memory', async () => {
  const script = `
    const decoder = new AudioDecoder();
    for (let round = 0; round < 300; round++) {
      const chunks = decoder.stream(tone, { seconds: 0.1 })[Symbol.asyncIterator]();
      await chunks.next();
      if (round % 50 === 0) { globalThis.gc(); await sleep(1); }
    }
    globalThis.gc(); await sleep(50); globalThis.gc();
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 600; round++) {
      const chunks = decoder.stream(tone, { seconds: 0.1 })[Symbol.asyncIterator]();
      await chunks.next();
      if (round % 50 === 0) { globalThis.gc(); await sleep(1); }
    }
    globalThis.gc(); await sleep(50); globalThis.gc();
    console.log(JSON.stringify({ growth: process.memoryUsage().rss - before, load: native.load() }));`;
  const run = await runScript(script, ['--expose-gc']);
  expect(run.code, run.stderr).toBe(0);
  const { growth, load } = JSON.parse(run.stdout);
  expect(growth).toBeLessThan(40_000_000);
  expect(load).toMatchObject(idle);
  await sleep(0);
});
