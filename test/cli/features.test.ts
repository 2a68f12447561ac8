import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ExtractOptions, FeatureExtractor } from '../../dist/features/index.js';
import { decode, readSafetensors } from '../../dist/index.js';
import { cochlea, lines, programWithout, start, temporaryFolder } from './command.js';
import { readNpy } from './npy.js';
import { brightness, pixels } from './pixels.js';
import { writeWav } from './sounds.js';

/** What the library makes of the same files. */
async function expected(files: readonly string[], options: ExtractOptions = {}, mels: 80 | 128 = 128) {
  const audio = await Promise.all(files.map((file) => decode(file, { sampleRate: 16_000 })));
  return await FeatureExtractor.whisper({ mels }).extract(audio, options);
}

function read(path: string) {
  const { tensors, metadata } = readSafetensors(readFileSync(path));
  return { tensors: { ...tensors }, files: JSON.parse(metadata.files ?? '') };
}

/** Tones of one second and more in a folder of their own. */
function sounds(count: number, sampleRate = 44_100) {
  const folder = temporaryFolder();
  const files = Array.from({ length: count }, (_, i) =>
    writeWav(join(folder, `${'abc'[i]}.wav`), { sampleRate, frames: sampleRate * (i + 1) }),
  );
  return { folder, files, first: files[0] as string, output: join(folder, 'out.safetensors') };
}

test('one file: features and mask under the names of transformers', async () => {
  const { first, output } = sounds(1);
  const { code, stdout, stderr } = await cochlea('features', first, '-o', output);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('[1, 128, 3000]');
  const { inputFeatures, featureAttentionMask } = await expected([first]);
  expect(read(output)).toEqual({
    tensors: { input_features: inputFeatures, feature_attention_mask: featureAttentionMask },
    files: [first],
  });
});

test('several files become one batch, in the order of the arguments', async () => {
  const { files, output } = sounds(3);
  const run = await cochlea('features', ...files, '-o', output, '--padding', 'longest', '--mels', '80', '--json');
  expect(run.code).toBe(0);
  expect(lines(run)).toMatchObject(
    files.map((file, i) => ({ file, ok: true, output, shape: [3, 80, 300], frames: 100 * (i + 1), truncated: false })),
  );
  const { inputFeatures, featureAttentionMask } = await expected(files, { padding: 'longest' }, 80);
  const { tensors, files: names } = read(output);
  expect(names).toEqual(files);
  expect(tensors.input_features).toEqual(inputFeatures);
  expect(tensors.feature_attention_mask).toEqual(featureAttentionMask);
});

test('one that fails is left out, and the exit code says so', async () => {
  const { folder, files, output } = sounds(2);
  writeFileSync(join(folder, 'words.mp3'), 'these are words');
  const run = await cochlea('features', join(folder, 'words.mp3'), ...files, '-o', output, '--json');
  expect(run.code).toBe(1);
  expect(lines(run).map(({ ok }) => ok)).toEqual([false, true, true]);
  const { tensors, files: names } = read(output);
  expect(names).toEqual(files);
  expect(tensors.input_features?.shape).toEqual([2, 128, 3000]);
});

test('if all fail, nothing is written', async () => {
  const { folder, output } = sounds(0);
  const words = ['a', 'b'].map((name) => join(folder, `${name}.mp3`));
  for (const file of words) writeFileSync(file, 'these are words');
  expect((await cochlea('features', ...words, '-o', output)).code).toBe(1);
  expect(readdirSync(folder)).toEqual(['a.mp3', 'b.mp3']);
});

test('a folder takes a file for each, npy the features alone', async () => {
  const { folder, files } = sounds(2);
  const run = await cochlea(
    ...['features', ...files, '-o', join(folder, 'out/')],
    ...['--format', 'npy', '--padding', 'none', '--mels', '80'],
  );
  expect(run.code).toBe(0);
  expect(readdirSync(join(folder, 'out'))).toEqual(['a.npy', 'b.npy']);
  for (const [i, file] of files.entries()) {
    const { inputFeatures } = await expected([file], { padding: 'none' }, 80);
    const { shape, data } = readNpy(join(folder, 'out', `${'ab'[i]}.npy`));
    expect({ shape, data }).toEqual({ shape: [1, 80, 100 * (i + 1)], data: [...inputFeatures.data] });
  }
});

test('an output that cannot be written is an error of each file in it', async () => {
  const { files } = sounds(2);
  const run = await cochlea('features', ...files, '-o', join(files[0] as string, 'out.safetensors'), '--json');
  expect(run.code).toBe(1);
  const code = expect.stringMatching(/^E(NOTDIR|EXIST)$/);
  expect(lines(run)).toMatchObject(files.map((file) => ({ file, ok: false, code })));
});

describe('audio of more than 30 s', () => {
  const long = () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'long.wav'), { sampleRate: 8000, frames: 8000 * 35 });
    return { source, output: join(folder, 'out.safetensors') };
  };

  test('is an error that says what can be done', async () => {
    const { source, output } = long();
    const run = await cochlea('features', source, '-o', output, '--json');
    expect(run.code).toBe(1);
    expect(lines(run)).toMatchObject([
      {
        ok: false,
        code: 'ERR_AUDIO_LIMIT',
        message: expect.stringContaining('longer than 30 s'),
        remedy: expect.stringMatching(/--start and --end.*--truncate.*--padding none/),
        limit: { name: 'seconds', max: 30 },
      },
    ]);
  });

  test('is cut on request, with a warning', async () => {
    const { source, output } = long();
    const run = await cochlea('features', source, '-o', output, '--truncate');
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining('long.wav: warning: what lies beyond 30 s') });
    const { inputFeatures } = await expected([source], { truncation: true });
    expect(read(output).tensors.input_features).toEqual(inputFeatures);
  });

  test('is whole without padding', async () => {
    const { source, output } = long();
    expect((await cochlea('features', source, '-o', output, '--padding', 'none')).code).toBe(0);
    expect(read(output).tensors.input_features?.shape).toEqual([1, 128, 3500]);
  });

  test('is as good as any with a range of up to 30 s', async () => {
    const { source, output } = long();
    expect((await cochlea('features', source, '-o', output, '--start', '5')).code).toBe(0);
    const audio = await decode(source, { sampleRate: 16_000, start: 5 });
    const { inputFeatures } = await FeatureExtractor.whisper({ mels: 128 }).extract(audio);
    expect(read(output).tensors.input_features).toEqual(inputFeatures);
    expect((await cochlea('features', source, '-o', output, '--start', '-30')).code).toBe(0);
    expect((await cochlea('features', source, '-o', output, '--start', '-31')).code).toBe(1);
  });
});

test('--plot draws a tone as a bright line at its frequency', async () => {
  const { folder, first, output } = sounds(1, 16_000);
  const plot = join(folder, '{name}.png');
  const run = await cochlea('features', first, '-o', output, '--plot', plot, '--json');
  expect(lines(run)).toMatchObject([{ ok: true, plot: join(folder, 'a.png') }]);
  const { width, height, at } = await pixels(join(folder, 'a.png'));
  expect([width, height]).toEqual([1200, 500]);
  // From the top edge (8 kHz) to the bottom edge (0 Hz): linear in mel, and so in frequency below 1 kHz (mel 15 of 45.2).
  const [top, bottom] = [79, 433];
  const column = Array.from({ length: bottom - top }, (_, row) => brightness(at(600, top + row)));
  const brightest = column.indexOf(Math.max(...column));
  const mel = 45.25 * (1 - (brightest + 1) / (bottom - top));
  expect((mel * 200) / 3).toBeGreaterThan(400);
  expect((mel * 200) / 3).toBeLessThan(480);
  expect(Math.max(...column) - Math.min(...column)).toBeGreaterThan(400);
});

describe('providers of ONNX Runtime', () => {
  test('cpu: the same features', async () => {
    const { first, output } = sounds(1);
    expect((await cochlea('features', first, '-o', output, '--provider', 'cpu')).code).toBe(0);
    const made = read(output).tensors.input_features?.data as Float32Array;
    const { data } = (await expected([first])).inputFeatures;
    expect(made).toHaveLength(data.length);
    const largest = made.reduce((most, value, i) => Math.max(most, Math.abs(value - (data[i] as number))), 0);
    expect(largest).toBeLessThan(1e-5);
  });

  test('one that is not there is an error of the command, once', async () => {
    const { files, output } = sounds(2);
    const run = await cochlea('features', ...files, '-o', output, '--provider', 'cuda', '--device', '255');
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^cochlea: ERR_PROVIDER_UNAVAILABLE: [\s\S]+\nWhat to do: /);
  });
});

test('without onnxruntime-node features are computed all the same', async () => {
  const { first, output } = sounds(1);
  const run = await start(programWithout('onnxruntime-node'), ['features', first, '-o', output]).finished;
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(read(output).tensors.input_features).toEqual((await expected([first])).inputFeatures);
});
