import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decode, readSafetensors, toFloat16 } from '../../dist/index.js';
import { AudioTower, type EmbedOptions } from '../../dist/tower/index.js';
import { distance, fixtures, reference, towerFolder } from '../tower/reference.js';
import { cochlea, type Finished, lines, programWithout, start, temporaryFolder } from './command.js';
import { readNpy } from './npy.js';
import { writeWav } from './sounds.js';

const tower = towerFolder('qwen2-audio');
const speech = join(fixtures, 'speech/speech.flac');

function encode(...args: string[]): Promise<Finished> {
  return cochlea('embed', '--tower', tower, '--provider', 'cpu', ...args);
}

/** What the library makes of the same file. */
async function embeddings(file: string, options: EmbedOptions = {}) {
  await using loaded = await AudioTower.load(tower, { provider: 'cpu' });
  return await loaded.embed(await decode(file, { sampleRate: 16_000 }), options);
}

function read(path: string) {
  const { tensors, metadata } = readSafetensors(readFileSync(path));
  const numbers = (name: string) => Array.from(tensors[name]?.data as BigInt64Array, Number);
  return { tensors, metadata, files: JSON.parse(metadata.files ?? ''), numbers };
}

test('files of five formats in one safetensors file: the embeddings that transformers makes', async () => {
  const golden = reference('qwen2-audio');
  const files = golden.files.map(({ file }) => join(fixtures, file));
  const output = join(temporaryFolder(), 'clips.safetensors');
  const run = await encode(...files, '--output', output, '--json');
  expect(run).toMatchObject({ code: 0, stderr: `${tower}: qwen2-audio, fp32, 750 × 48 for 30 s, on cpu\n` });
  expect(lines(run)).toMatchObject(
    golden.files.map(({ tokens }, i) => ({
      file: files[i],
      ok: true,
      output,
      shape: [tokens, 48],
      tokens,
      provider: 'cpu',
    })),
  );

  const { tensors, files: names, metadata, numbers } = read(output);
  expect(names).toEqual(files);
  expect(metadata).toMatchObject({ architecture: 'qwen2-audio', sample_rate: '16000', samples_per_token: '640' });
  const tokens = golden.files.map((file) => file.tokens);
  expect(numbers('tokens')).toEqual(tokens);
  expect(numbers('piece_tokens')).toEqual(tokens);
  expect(numbers('piece_starts')).toEqual(tokens.map(() => 0));
  const audioFeatures = tensors.audio_features as Awaited<ReturnType<typeof embeddings>>['audioFeatures'];
  const total = tokens.reduce((sum, each) => sum + each, 0);
  expect(audioFeatures).toMatchObject({ shape: [total, golden.dimension], dtype: 'float32' });
  const result = { audioFeatures, tokens, mask: audioFeatures as never, pieces: [] };
  for (const [i, stored] of golden.files.entries()) expect(distance(result, i, stored, golden)).toBeLessThan(1e-4);
});

test('a folder takes a file for each, npy the embeddings alone', async () => {
  const folder = temporaryFolder();
  const files = ['a', 'b'].map((name, i) => writeWav(join(folder, `${name}.wav`), { frames: 8000 * (i + 1) }));
  const args = ['--output', join(folder, 'out/'), '--format', 'npy', '--dtype', 'float16'];
  expect((await encode(...files, ...args)).code).toBe(0);
  expect(readdirSync(join(folder, 'out'))).toEqual(['a.npy', 'b.npy']);
  for (const [i, file] of files.entries()) {
    const { shape, data } = readNpy(join(folder, 'out', `${'ab'[i]}.npy`), '<f2');
    const { audioFeatures } = await embeddings(file);
    const halves = await toFloat16({ ...audioFeatures, data: Float32Array.from(audioFeatures.data) });
    expect(shape).toEqual([25 * (i + 1), 48]);
    expect(data).toEqual([...halves.data]);
  }
});

test('--dtype bfloat16 and --precision', async () => {
  const output = join(temporaryFolder(), 'out.safetensors');
  const run = await encode(speech, '--output', output, '--dtype', 'bfloat16', '--precision', 'fp16');
  expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining(', fp16, ') });
  expect(run.stdout).toMatch(/\[72, 48\] +bfloat16 /);
  expect(read(output).tensors.audio_features).toMatchObject({ shape: [72, 48], dtype: 'bfloat16' });
});

describe('audio of more than 30 s', () => {
  const long = () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'long.wav'), { sampleRate: 16_000, frames: 16_000 * 65 });
    return { source, output: join(folder, 'out.safetensors') };
  };

  test('is an error that says what can be done', async () => {
    const { source, output } = long();
    const run = await encode(source, '--output', output, '--json');
    expect(run.code).toBe(1);
    const remedy = expect.stringMatching(/--start and --end.*--long split or --long windows/);
    expect(lines(run)).toMatchObject([
      { ok: false, code: 'ERR_AUDIO_LIMIT', remedy, limit: { name: 'seconds', max: 30 } },
    ]);
    expect(existsSync(output)).toBe(false);
  });

  test.each([{ long: 'split' }, { long: 'windows', overlap: 4 }] as const)(
    '%j joins pieces, and tells where each begins',
    async (options) => {
      const { source, output } = long();
      const overlap = 'overlap' in options ? ['--overlap', String(options.overlap)] : [];
      const run = await encode(source, '--output', output, '--long', options.long, ...overlap, '--json');
      expect(run.code).toBe(0);
      const expected = await embeddings(source, options);
      const [pieces = []] = expected.pieces;
      expect(pieces.length).toBeGreaterThan(2);
      expect(lines(run)).toMatchObject([{ pieces, tokens: expected.tokens[0] }]);
      const { tensors, numbers } = read(output);
      expect(tensors.audio_features).toEqual(expected.audioFeatures);
      expect(numbers('tokens')).toEqual(expected.tokens);
      expect(numbers('piece_tokens')).toEqual(pieces.map(({ tokens }) => tokens));
      expect(numbers('piece_starts')).toEqual(pieces.map(({ startSample }) => startSample));
    },
  );
});

test('clips that are too short are left out, with their error', async () => {
  const folder = temporaryFolder();
  const short = writeWav(join(folder, 'short.wav'), { sampleRate: 16_000, frames: 300 });
  const output = join(folder, 'out.safetensors');
  const run = await encode(short, speech, '--output', output, '--json');
  expect(run.code).toBe(1);
  expect(lines(run)).toMatchObject([
    { file: short, ok: false, code: 'ERR_AUDIO_TOO_SHORT' },
    { file: speech, ok: true },
  ]);
  expect(read(output).files).toEqual([speech]);
});

describe('what no file can change ends the command, once', () => {
  test('a provider that is not there', async () => {
    const output = join(temporaryFolder(), 'out.safetensors');
    const run = await cochlea(
      'embed',
      speech,
      speech,
      '-t',
      tower,
      '--provider',
      'cuda',
      '--device',
      '255',
      '-o',
      output,
    );
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^cochlea: ERR_PROVIDER_UNAVAILABLE: [\s\S]+\nWhat to do: /);
  });

  test('a folder without a model', async () => {
    const folder = temporaryFolder();
    const run = await cochlea('embed', speech, '--tower', folder, '--output', join(folder, 'out.safetensors'));
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^cochlea: ERR_MODEL_INVALID: .*cochlea\.json/);
  });

  test('the file of a model: no option of the command says what it is, so the folder is asked for', async () => {
    const model = join(tower, 'model.onnx');
    for (const args of [
      ['embed', speech, '--output', join(temporaryFolder(), 'out.npy')],
      ['serve', '--port', '0'],
    ]) {
      const run = await cochlea(...args, '--tower', model);
      expect(run).toMatchObject({ code: 2, stdout: '' });
      expect(run.stderr).toContain(
        `--tower must be the folder that holds cochlea.json and the model, not the file ${model}`,
      );
      expect(run.stderr).toContain(`try --tower ${tower}`);
    }
  });

  test('no onnxruntime-node', async () => {
    const output = join(temporaryFolder(), 'out.safetensors');
    const run = await start(programWithout('onnxruntime-node'), ['embed', speech, '-t', tower, '-o', output]).finished;
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^cochlea: ERR_PROVIDER_UNAVAILABLE: [\s\S]*npm install onnxruntime-node@/);
  });
});

test('auto tells why it does not run on CUDA', async () => {
  const output = join(temporaryFolder(), 'out.safetensors');
  const run = await cochlea('embed', speech, '--tower', tower, '--output', output);
  expect(run.code).toBe(0);
  expect(run.stderr).toMatch(/, on cuda\n$|, on cpu\n {2}not on cuda: .+\n/);
});
