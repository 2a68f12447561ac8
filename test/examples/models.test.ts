import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readSafetensors } from '../../dist/index.js';
import { start, temporaryFolder } from '../cli/command.js';
import { speech } from '../decode/pieces.js';

const inProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const run = (name: string, ...args: string[]) => start(inProject(`examples/${name}.mjs`), args).finished;

test('features.mjs', async () => {
  const files = [speech('flac'), inProject('test/fixtures/ranges/lame.mp3')];
  const { code, stdout } = await run('features', ...files);
  expect(code).toBe(0);
  const [features, mask, first] = stdout.split('\n');
  expect(features).toBe('input_features float32 [2, 128, 3000]');
  expect(mask).toBe('feature_attention_mask int32 [2, 3000]');
  // 46095 samples, of which every 160th begins a frame.
  expect(first).toBe(`${files[0]}: 289 frames of 10 ms`);
});

test('embeddings.mjs', async () => {
  const output = join(temporaryFolder(), 'out.safetensors');
  const { code, stdout } = await run(
    'embeddings',
    inProject('test/fixtures/towers/qwen2-audio'),
    speech('flac'),
    output,
  );
  expect(code).toBe(0);
  // 289 frames, of which the convolution leaves 145 and the pooling 72.
  expect(stdout).toMatch(/^72 tokens, float32 \[72, 48\], on (cpu|cuda)\n$/);
  const { tensors } = readSafetensors(readFileSync(output));
  expect(tensors.audio_features).toMatchObject({ shape: [72, 48], dtype: 'float32' });
});

test.each(['features', 'embeddings'])('%s.mjs without arguments says how it is used', async (name) => {
  const { code, stderr } = await run(name);
  expect(code).toBe(2);
  expect(stderr).toMatch(new RegExp(`^Usage: node examples/${name}\\.mjs `));
});
