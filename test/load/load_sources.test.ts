import { createReadStream, mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { AudioLoader, type LoadSource } from '../../dist/load/index.js';
import { until } from '../concurrency/long-audio.js';
import { equalSamples } from '../decode/wav.js';
import { errorOf, thrownBy } from '../safe/outcome.js';
import { dataUrlOf, localLoader, published, serve, settled, sound, wavOf } from './cache_server.js';

/** Every kind of source gives the same audio; what is none, or breaks, says so. */

const bytes = wavOf(1);
const folder = mkdtempSync(join(tmpdir(), 'cochlea-load-'));
const file = join(folder, 'a sound.wav');
writeFileSync(file, bytes);
afterAll(() => rmSync(folder, { recursive: true }));

const web = (chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
async function* generated(size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const shared = new SharedArrayBuffer(bytes.length);
new Uint8Array(shared).set(bytes);
const padded = new Uint8Array(bytes.length + 20);
padded.set(bytes, 10);
const base64 = Buffer.from(bytes).toString('base64');

const kinds: [string, () => LoadSource | Promise<LoadSource>, string][] = [
  ['Uint8Array', () => bytes, '64044 bytes'],
  ['Buffer', () => Buffer.from(bytes), '64044 bytes'],
  ['view', () => padded.subarray(10, 10 + bytes.length), '64044 bytes'],
  ['ArrayBuffer', () => bytes.slice().buffer, '64044 bytes'],
  ['SharedArrayBuffer', () => shared, '64044 bytes'],
  ['view of shared memory', () => new Uint8Array(shared), '64044 bytes'],
  ['DataView', () => new DataView(padded.buffer, 10, bytes.length), '64044 bytes'],
  ['Blob', () => new Blob([bytes]), '64044 bytes'],
  ['File', () => new File([bytes], 'talk.wav'), 'file talk.wav, 64044 bytes'],
  ['Blob of a file', () => openAsBlob(file), '64044 bytes'],
  ['path', () => file, 'file a sound.wav'],
  ['file: URL', () => pathToFileURL(file), 'file a%20sound.wav'],
  ['file: URL as text', () => pathToFileURL(file).href, 'file a%20sound.wav'],
  ['data: URL', () => dataUrlOf(bytes), `data:audio/wav (${dataUrlOf(bytes).length} characters)`],
  ['data: URL as URL', () => new URL(dataUrlOf(bytes)), `data:audio/wav (${dataUrlOf(bytes).length} characters)`],
  [
    'data: URL on a line of its own',
    () => `\n  ${dataUrlOf(bytes)}\n`,
    `data:audio/wav (${dataUrlOf(bytes).length + 1} characters)`,
  ],
  [
    'data: URL with a fragment',
    () => `${dataUrlOf(bytes)}#t=0,1`,
    `data:audio/wav (${dataUrlOf(bytes).length} characters)`,
  ],
  [
    'data: URL with a fragment as URL',
    () => new URL(`${dataUrlOf(bytes)}#track`),
    `data:audio/wav (${dataUrlOf(bytes).length} characters)`,
  ],
  ['web stream', () => web([bytes.subarray(0, 7), bytes.subarray(7)]), 'stream'],
  ['web stream of a Blob', () => new Blob([bytes]).stream() as ReadableStream<Uint8Array>, 'stream'],
  ['Node stream', () => createReadStream(file, { highWaterMark: 1000 }), 'stream'],
  ['async generator', () => generated(999), 'stream'],
  [
    'part with a data URL',
    () => ({ type: 'audio_url', audio_url: { url: dataUrlOf(bytes) } }),
    `data:audio/wav (${dataUrlOf(bytes).length} characters)`,
  ],
  [
    'part with base64',
    () => ({ type: 'input_audio', input_audio: { data: base64, format: 'audio/x-wav' } }),
    `input_audio audio/x-wav (${base64.length} characters)`,
  ],
  [
    'part with a wrong format',
    () => ({ type: 'input_audio', input_audio: { data: base64, format: 'mp3' } }),
    `input_audio mp3 (${base64.length} characters)`,
  ],
  [
    'part without a format',
    () => ({ type: 'input_audio', input_audio: { data: base64 } }),
    `input_audio audio (${base64.length} characters)`,
  ],
];

test.each(kinds)('%s', async (_, make, label) => {
  await using loader = new AudioLoader({ allowedRoot: folder });
  const audio = await loader.load(await make());
  expect(audio).toMatchObject({ label, cache: 'miss', frames: 16_000, truncated: false, segments: null });
  expect(equalSamples(audio.data, sound(1))).toBe(true);
  expect((await loader.load(await make())).cache).toBe('hit');
  expect(await loader.probe(await make())).toMatchObject({ container: 'wav', sampleRate: 16_000 });
});

test.each([
  null,
  undefined,
  5,
  true,
  {},
  [],
  () => {},
  Symbol('no'),
  new Float32Array(4),
  new Date(),
  [bytes],
  { type: 'text' },
])('no source, at the call: %s', async (source) => {
  await using loader = new AudioLoader();
  const error = thrownBy(() => loader.load(source as LoadSource));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toMatch(/^source must be /);
  expect(thrownBy(() => loader.probe(source as LoadSource))).toBeInstanceOf(TypeError);
});

test('a locked stream and a transferred buffer, at the call', async () => {
  await using loader = new AudioLoader();
  const locked = web([bytes]);
  locked.getReader();
  expect(thrownBy(() => loader.load(locked)).message).toMatch(/locked/);
  const { buffer } = bytes.slice();
  structuredClone(buffer, { transfer: [buffer] });
  expect(thrownBy(() => loader.load(buffer)).message).toMatch(/detached/);
});

const empty: [string, () => LoadSource][] = [
  ['Uint8Array', () => new Uint8Array()],
  ['ArrayBuffer', () => new ArrayBuffer(0)],
  ['Blob', () => new Blob([])],
  ['data URL', () => 'data:;base64,'],
  ['part', () => ({ type: 'input_audio', input_audio: { data: '' } })],
  ['web stream', () => web([])],
  ['Node stream', () => Readable.from([])],
  ['stream of empty chunks', () => Readable.from([new Uint8Array(), new Uint8Array()])],
];
test.each(empty)('an empty %s is empty audio', async (_, make) => {
  await using loader = new AudioLoader();
  const error = await errorOf(loader.load(make()));
  expect(error.code).toBe('ERR_AUDIO_EMPTY');
  expect(error.label).toBeTruthy();
});

test('a malformed part is an outcome, not a mistake in the call', async () => {
  await using loader = new AudioLoader();
  const parts = [{ type: 'audio_url' }, { type: 'input_audio', input_audio: { data: 5 } }];
  for (const part of parts) {
    const label = `part of type ${part.type}`;
    const events = await published('load', async () => {
      const error = await errorOf(loader.load(part as LoadSource));
      expect(error).toMatchObject({ code: 'ERR_AUDIO_SOURCE', fault: 'client', label });
    });
    expect(events).toMatchObject([{ label, error: 'ERR_AUDIO_SOURCE' }]);
  }
});

test('a sender may use the memory of a chunk again', async () => {
  await using loader = new AudioLoader();
  async function* reusing(): AsyncGenerator<Uint8Array> {
    const memory = new Uint8Array(1000);
    for await (const chunk of generated(1000)) {
      memory.set(chunk);
      yield memory.subarray(0, chunk.length);
    }
  }
  expect(equalSamples((await loader.load(reusing())).data, sound(1))).toBe(true);
});

describe('streams that break', () => {
  const large = wavOf(60);
  const breaking = (sent: Uint8Array, failure: unknown): ReadableStream<Uint8Array> => {
    let begun = false;
    return new ReadableStream({
      pull(controller) {
        if (begun) controller.error(failure);
        else controller.enqueue(sent);
        begun = true;
      },
    });
  };
  const wrong = (): Readable => Readable.from([bytes.subarray(0, 100), 'text'], { objectMode: true });
  const failures = [
    new Error('torn'),
    new TypeError('odd'),
    'a string',
    null,
    undefined,
    Object.assign(new Error(), { name: 'AbortError' }),
  ];

  test.each([0, 100, 2_000_000])('after %i bytes', async (sent) => {
    await using loader = new AudioLoader();
    for (const failure of failures) {
      const error = await errorOf(loader.load(breaking(large.subarray(0, sent), failure)));
      expect(error).toMatchObject({ code: 'ERR_AUDIO_SOURCE', label: 'stream', fault: 'client' });
      if (failure) expect(error.cause).toBe(failure);
    }
    expect(loader.stats()).toMatchObject({ loading: 0, waiting: 0, entries: 0 });
  });

  test('by a chunk that is no bytes', async () => {
    await using loader = new AudioLoader();
    const source = wrong();
    const error = await errorOf(loader.load(source));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_SOURCE', label: 'stream' });
    expect(error.cause).toBeInstanceOf(TypeError);
    await until(() => source.destroyed);
  });
});

test('uploads of every kind count against the limit of bytes, and are closed', async () => {
  const inputBytes = 1_500_000;
  await using loader = new AudioLoader({ limits: { inputBytes } });
  const large = wavOf(60);
  const limit = { code: 'ERR_AUDIO_LIMIT', limit: 'inputBytes', max: inputBytes, fault: 'client' };
  for (const source of [large, new Blob([large]), dataUrlOf(large), new DataView(large.buffer)]) {
    expect(await errorOf(loader.load(source))).toMatchObject({ ...limit, actual: large.length });
  }
  let sent = 0;
  let closed = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (; ; sent += 10_000) yield sent === 0 ? large.subarray(0, 44) : new Uint8Array(10_000);
    } finally {
      closed++;
    }
  }
  expect(await errorOf(loader.load(endless()))).toMatchObject({ ...limit, label: 'stream' });
  expect(sent).toBeLessThan(2 * inputBytes);
  const cancelled: unknown[] = [];
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
    cancel: (reason) => void cancelled.push(reason),
  });
  expect(await errorOf(loader.load(stream))).toMatchObject(limit);
  await until(() => closed === 1 && cancelled.length === 1);
  expect(loader.stats()).toMatchObject({ loading: 0, waiting: 0, bytes: 0 });
});

describe('a stream is closed', () => {
  const stalling = (): Readable => {
    const stream = new Readable({ read() {} });
    stream.push(bytes.subarray(0, 1000));
    return stream;
  };
  const loader = new AudioLoader();

  test('when its load is aborted, also before it began', async () => {
    for (const abort of ['before', 'at once', 'later']) {
      const controller = new AbortController();
      if (abort === 'before') controller.abort();
      const source = stalling();
      const call = errorOf(loader.load(source, { signal: controller.signal }));
      if (abort === 'later') await settled();
      controller.abort();
      expect((await call).name).toBe('AbortError');
      await until(() => source.destroyed);
    }
  });

  test('when its time is over', async () => {
    const source = stalling();
    expect(await errorOf(loader.load(source, { timeout: 20 }))).toMatchObject({ limit: 'timeout', label: 'stream' });
    await until(() => source.destroyed);
  });

  test('when it is no audio', async () => {
    const source = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(100_000, 'no audio ')));
    expect((await errorOf(loader.load(source))).code).toBe('ERR_AUDIO_UNSUPPORTED_CONTAINER');
    await until(() => source.destroyed);
  });

  test('when the loader is', async () => {
    const own = new AudioLoader();
    const source = stalling();
    const call = errorOf(own.load(source));
    await settled();
    await own.close();
    expect(await call).toMatchObject({ code: 'ERR_CLOSED', fault: 'server', retryable: false });
    await until(() => source.destroyed);
  });
});

test('an upload straight from a request', async () => {
  await using loader = localLoader();
  const server = await serve(async (request, response) => {
    const { frames, label } = await loader.load(request);
    response.end(`${frames} of ${label}`);
  });
  const response = await fetch(server.origin, { method: 'POST', body: bytes as BodyInit });
  expect(await response.text()).toBe('16000 of stream');
  await server.close();
});
