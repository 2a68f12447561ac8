import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AudioDecoder, type AudioSource, decode, probe, SourceError } from '../../dist/index.js';
import { errorOf, slowness, thrownBy } from './outcome.js';
import { toneWav } from './sounds.js';

/** Where bytes may come from, in every shape that JavaScript has for them, and where they may not. */

const bytes = toneWav(0.5);
let expected: Float32Array;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
  expected = (await decode(bytes.slice())).data;
  expect(expected).toHaveLength(8000);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function expectSame(source: AudioSource): Promise<void> {
  expect((await decode(source)).data).toEqual(expected);
  expect((await probe(source)).size).toBe(bytes.byteLength);
}

/** The bytes of the tone inside of a larger buffer, with other bytes around them. */
function embed<Buffer extends ArrayBufferLike>(buffer: Buffer, offset: number): Buffer {
  const all = new Uint8Array(buffer).fill(0xff);
  all.set(bytes, offset);
  return buffer;
}

const size = bytes.byteLength;

describe('memory', () => {
  test('of an ArrayBuffer, a Uint8Array, a DataView and a Buffer', async () => {
    await expectSame(bytes.buffer);
    await expectSame(bytes);
    await expectSame(new DataView(bytes.buffer));
    await expectSame(Buffer.from(bytes.buffer));
  });

  test('seen through a view with an offset', async () => {
    for (const offset of [1, 2, 3, 7, 4096]) {
      const buffer = embed(new ArrayBuffer(size + 2 * offset), offset);
      await expectSame(new Uint8Array(buffer, offset, size));
      await expectSame(new DataView(buffer, offset, size));
    }
  });

  test("as a slice of Node's pool of small buffers", async () => {
    const small = toneWav(0.05);
    const pooled = Buffer.from(Buffer.from(small).toString('base64'), 'base64');
    expect(pooled.buffer.byteLength).toBeGreaterThan(pooled.byteLength);
    expect((await decode(pooled)).data).toEqual(expected.subarray(0, 800));
  });

  test('of a Blob and a File, also a slice of one', async () => {
    await expectSame(new Blob([bytes]));
    await expectSame(new Blob([new Uint8Array(10), bytes]).slice(10) as Blob);
  });

  test('that is shared is copied before it can change', async () => {
    const shared = embed(new SharedArrayBuffer(size + 20), 10);
    await expectSame(new Uint8Array(shared, 10, size));
    const call = decode(new Uint8Array(shared, 10, size));
    new Uint8Array(shared).fill(0);
    expect((await call).data).toEqual(expected);

    const whole = embed(new SharedArrayBuffer(size), 0);
    await expectSame(whole);
  });

  test('that is resizable is copied before it can shrink', async () => {
    const buffer = embed(new ArrayBuffer(size, { maxByteLength: 2 * size }), 0);
    await expectSame(new Uint8Array(buffer, 0, size));
    const tracking = new Uint8Array(buffer);
    const call = decode(tracking);
    buffer.resize(0);
    expect((await call).data).toEqual(expected);
  });

  test('that tracks a growing buffer is taken as long as it is at the call', async () => {
    const buffer = embed(new ArrayBuffer(size, { maxByteLength: 2 * size }), 0);
    const tracking = new Uint8Array(buffer);
    const call = probe(tracking);
    buffer.resize(2 * size);
    expect((await call).size).toBe(size);
  });

  test('that shrank away under a view is refused', () => {
    const buffer = embed(new ArrayBuffer(size, { maxByteLength: 2 * size }), 0);
    const view = new Uint8Array(buffer, 10, 100);
    buffer.resize(50);
    const outcome = thrownOrEmpty(view);
    return expect(outcome).resolves.toMatch(/^(TypeError|ERR_AUDIO_EMPTY)$/);
  });

  test('that is detached is refused at the call', () => {
    const buffer = bytes.slice().buffer;
    const view = new Uint8Array(buffer);
    const data = new DataView(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    for (const source of [buffer, view, data]) {
      const error = thrownBy(() => decode(source));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(/detached/);
    }
  });

  test('without a byte is empty', async () => {
    for (const source of [
      new Uint8Array(0),
      new ArrayBuffer(0),
      Buffer.alloc(0),
      new Blob([]),
      new SharedArrayBuffer(0),
    ]) {
      expect(await errorOf(decode(source))).toMatchObject({
        name: 'EmptyAudioError',
        code: 'ERR_AUDIO_EMPTY',
        fault: 'client',
      });
      expect((await errorOf(probe(source))).code).toBe('ERR_AUDIO_EMPTY');
    }
  });

  test('is not changed by a decode', async () => {
    const before = bytes.slice();
    await decode(bytes, { sampleRate: 8000 });
    expect(bytes).toEqual(before);
  });
});

async function thrownOrEmpty(source: AudioSource): Promise<string> {
  try {
    await decode(source);
    return 'a result';
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).name;
  }
}

describe('a path', () => {
  test('leads to a file, as a string or as a URL', async () => {
    const path = join(folder, 'a name with ünicode & spaces %41.wav');
    writeFileSync(path, bytes);
    await expectSame(path);
    await expectSame(pathToFileURL(path));
  });

  test('to an empty file', async () => {
    const path = join(folder, 'empty.wav');
    writeFileSync(path, '');
    expect((await errorOf(decode(path))).code).toBe('ERR_AUDIO_EMPTY');
  });

  async function expectRefused(path: string, code: string): Promise<void> {
    const started = performance.now();
    for (const call of [decode, probe]) {
      const error = await errorOf(call(path));
      expect(error).toBeInstanceOf(SourceError);
      expect(error).toMatchObject({ code: 'ERR_AUDIO_SOURCE', fault: 'client', cause: { code } });
      expect(error.message).toContain(path);
      expect((error.cause as NodeJS.ErrnoException).errno).toBeLessThan(0);
    }
    expect(performance.now() - started).toBeLessThan(1000 * slowness);
  }

  test('to nothing', () => expectRefused(join(folder, 'missing.wav'), 'ENOENT'));

  test('through something that is no folder', () => {
    const path = join(folder, 'file');
    writeFileSync(path, bytes);
    return expectRefused(join(path, 'sound.wav'), 'ENOTDIR');
  });

  test('to a folder', () => {
    const path = join(folder, 'folder');
    mkdirSync(path);
    return expectRefused(path, 'EISDIR');
  });

  // A pipe without a writer would hold a worker for ever.
  test('to a named pipe', () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    return expectRefused(path, 'EINVAL');
  });

  test('to a device', () => expectRefused('/dev/zero', 'EINVAL'));

  test('that the system cannot take', () => expectRefused(join(folder, 'x'.repeat(300)), 'ENAMETOOLONG'));
});

test('a file: URL with an encoded NUL opens nothing', () => {
  expect(() => decode(new URL('file:///tmp/a.wav%00.mp3'))).toThrow(TypeError);
});

test('an aborted call does not read its blob', async () => {
  const call = new AudioDecoder({ limits: { inputBytes: 10 } }).decode(new Blob([new Uint8Array(100)]), {
    signal: AbortSignal.abort(),
  });
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
});
