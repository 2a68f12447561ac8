import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ModelInvalidError } from '../../dist/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { errorOf } from '../safe/outcome.js';
import { noise, towerFolder } from './reference.js';

/** The descriptor of a real tower, to be spoilt. */
// biome-ignore lint/suspicious/noExplicitAny: it is there to have anything written into it.
type Descriptor = Record<string, any>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-tower-'));
  cpSync(towerFolder('qwen2-audio'), folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function spoil(change: (descriptor: Descriptor) => void): void {
  const path = join(folder, 'cochlea.json');
  const descriptor = JSON.parse(readFileSync(path, 'utf8')) as Descriptor;
  change(descriptor);
  writeFileSync(path, JSON.stringify(descriptor));
}

async function refusal(options = {}): Promise<ModelInvalidError> {
  const error = await errorOf(AudioTower.load(folder, { provider: 'cpu', ...options }));
  expect(error).toBeInstanceOf(ModelInvalidError);
  expect(error).toMatchObject({ code: 'ERR_MODEL_INVALID', fault: 'server', retryable: false });
  expect(error.message).toContain(folder);
  return error as ModelInvalidError;
}

describe('a descriptor', () => {
  test('that is spoilt in nothing is read', async () => {
    spoil(() => {});
    await using tower = await AudioTower.load(folder, { provider: 'cpu' });
    expect((await tower.embed(noise(16_000, 1))).tokens).toEqual([25]);
  });

  test.each<[string, (descriptor: Descriptor) => void, string]>([
    [
      'format, of a later version',
      (d) => (d.format = 2),
      'format must be 1, the one that this version of Cochlea reads, got 2',
    ],
    [
      'format, none',
      (d) => delete d.format,
      'format must be 1, the one that this version of Cochlea reads, there is none',
    ],
    [
      'architecture',
      (d) => (d.architecture = 'toString'),
      "architecture must be 'qwen2-audio' or 'whisper-encoder', got 'toString'",
    ],
    ['dimension', (d) => (d.dimension = '48'), "dimension must be a whole number from 1 to 1048576, got '48'"],
    [
      'dimension, enormous',
      (d) => (d.dimension = 1e9),
      'dimension must be a whole number from 1 to 1048576, got 1000000000',
    ],
    ['tokens', (d) => (d.tokens = 1500), 'tokens must be 750 for qwen2-audio, got 1500'],
    ['features', (d) => (d.features = null), 'features must be an object, got null'],
    ['mels', (d) => (d.features.mels = 64), 'features.mels must be 80 or 128, got 64'],
    ['hop', (d) => (d.features.hopLength = 128), 'features.hopLength must be 160, got 128'],
    ['rate', (d) => delete d.features.sampleRate, 'features.sampleRate must be 16000, there is none'],
    ['variants, none', (d) => (d.variants = {}), "variants must be an object with 'fp32' or 'fp16' or 'int8'"],
    ['variants, a list', (d) => (d.variants = []), 'variants must be an object'],
    ['variant', (d) => (d.variants.fp32 = 'model.onnx'), "variants.fp32 must be an object, got 'model.onnx'"],
    [
      'model',
      (d) => (d.variants.fp32.model = 3),
      'variants.fp32.model must be the name of a file in the same folder, got 3',
    ],
    [
      'model not among the files',
      (d) => (d.variants.fp32.model = 'other.onnx'),
      "variants.fp32.model must be one of variants.fp32.files, got 'other.onnx'",
    ],
    ['files', (d) => (d.variants.fp32.files = ['model.onnx']), 'variants.fp32.files must be an object'],
    [
      'hash',
      (d) => (d.variants.fp32.files['model.onnx'] = 'abc'),
      "variants.fp32.files['model.onnx'] must be a SHA-256 in hexadecimal, got 'abc'",
    ],
  ])('names the field that is wrong: %s', async (_, change, message) => {
    spoil(change);
    expect((await refusal()).message).toContain(message);
  });

  test.each([
    '../model.onnx',
    '/etc/passwd',
    'sub/model.onnx',
    'sub/../../model.onnx',
    '..',
    '.',
    '',
    'C:\\model.onnx',
    'model\0.onnx',
    './model.onnx',
  ])('whose path leaves the folder is refused: %j', async (path) => {
    spoil(({ variants }) => {
      variants.fp32 = { model: path, files: { [path]: '0'.repeat(64) } };
    });
    expect((await refusal()).message).toContain('must be the name of a file in the same folder');
    spoil(({ variants }) => {
      variants.fp32 = { model: 'model.onnx', files: { 'model.onnx': '0'.repeat(64), [path]: '0'.repeat(64) } };
    });
    expect((await refusal()).message).toContain('must be the name of a file in the same folder');
  });

  test('that is no JSON, no object, too large or not there is an error', async () => {
    const path = join(folder, 'cochlea.json');
    writeFileSync(path, '{"format": 1,');
    expect((await refusal()).message).toContain('cochlea.json is not JSON');
    for (const text of ['null', '[]', '"cochlea"', '1']) {
      writeFileSync(path, text);
      expect((await refusal()).message).toContain('must be an object');
    }
    writeFileSync(path, '{"format": {"constructor": {"name": {"toString": 1}}}}');
    expect((await refusal()).message).toContain('format must be 1');
    writeFileSync(path, `${' '.repeat(1024 ** 2)}{}`);
    expect((await refusal()).message).toContain('is larger than 1048576 bytes');
    rmSync(path);
    const error = await refusal();
    expect(error.message).toContain('needs cochlea.json: there is none');
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
  });
});

describe('the files of a model', () => {
  test('are compared with their hashes', async () => {
    const path = join(folder, 'model.onnx');
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(path, bytes);
    const digest = createHash('sha256').update(bytes).digest('hex');
    const error = await refusal();
    expect(error.message).toContain(
      `${path} is damaged, or not the file that was exported: its SHA-256 is ${digest}, not `,
    );
    // A single bit of a weight: the model loads, and nobody would know.
    await using tower = await AudioTower.load(folder, { provider: 'cpu', verify: false });
    expect(tower.dimension).toBe(48);
  });

  test('must all be there', async () => {
    spoil(({ variants }) => {
      variants.fp32.files['model.onnx.data'] = '0'.repeat(64);
    });
    expect((await refusal()).message).toBe(
      `${join(folder, 'model.onnx.data')} is missing: copy all files of the export`,
    );
  });

  test('that are cut short are an error even without hashes', async () => {
    truncateSync(join(folder, 'model.onnx'), 100_000);
    expect((await refusal({ verify: false })).message).toContain('cannot be loaded');
  });

  test('are those of the precision asked for', async () => {
    spoil(({ variants }) => {
      delete variants.fp32;
    });
    expect((await refusal({ precision: 'fp32' })).message).toContain('has no fp32 model; it has fp16, int8');
    await using tower = await AudioTower.load(folder, { provider: 'cpu' });
    expect(tower.precision).toBe('fp16');
  });
});

describe('what is no regular file is refused, and nobody waits for it', () => {
  // Of a pipe, opening it waits for whoever writes to it; as many as there are threads, and Node reads no file any more.
  const kinds: [string, (path: string) => void][] = [
    ['a pipe', (path) => execFileSync('mkfifo', [path])],
    ['a link to a device without an end', (path) => symlinkSync('/dev/zero', path)],
    ['a folder', (path) => mkdirSync(path)],
  ];

  test.each(kinds)('as the descriptor: %s', async (_, make) => {
    const path = join(folder, 'cochlea.json');
    rmSync(path);
    make(path);
    expect((await refusal()).message).toBe(`${path} is not a regular file`);
  });

  test.each(kinds)('as a file of a model, with hashes and without: %s', async (_, make) => {
    const path = join(folder, 'model.onnx');
    rmSync(path);
    make(path);
    for (const verify of [true, false]) {
      expect((await refusal({ verify })).message).toBe(`${path} is not a regular file`);
    }
  });

  test.each(kinds.slice(0, 2))('as a single model: %s', async (_, make) => {
    const path = join(folder, 'single.onnx');
    make(path);
    const error = await errorOf(AudioTower.load(path, { provider: 'cpu', architecture: 'qwen2-audio' }));
    expect(error).toMatchObject({ code: 'ERR_MODEL_INVALID', message: `${path} is not a regular file` });
  });
});

test('a folder or file that is not there is named', async () => {
  const path = join(folder, 'nowhere');
  const error = await errorOf(AudioTower.load(path));
  expect(error).toMatchObject({ code: 'ERR_MODEL_INVALID', cause: { code: 'ENOENT' } });
  expect(error.message).toBe(`the model ${path} cannot be read: there is no such file or folder`);
});
