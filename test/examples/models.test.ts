import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readSafetensors } from '../../dist/index.js';
import { lines, start, temporaryFolder } from '../cli/command.js';
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

test('encode-worker.mjs: a request on each line, a part for vLLM for each clip', async () => {
  const folder = temporaryFolder();
  const { child, finished } = start(inProject('examples/encode-worker.mjs'), [
    inProject('test/fixtures/towers/qwen2-audio'),
    folder,
  ]);
  const data = readFileSync(speech('flac')).toString('base64');
  child.stdin.end(
    [
      JSON.stringify({ items: [{ input_audio: { data } }, { audio_url: 'https://127.0.0.1/' }], request_id: '1' }),
      JSON.stringify({ items: [] }),
      '{',
    ].join('\n'),
  );
  const run = await finished;
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const responses = lines(run) as Record<string, Record<string, unknown>>[];
  const part = responses.find((each) => 'part' in each)?.part as { uuid: string };
  expect(part).toMatchObject({ type: 'audio_embeds', audio_embeds: { audio_num_tokens: [72] } });
  const file = readFileSync(join(folder, part.uuid, 'encoder_cache.safetensors'));
  expect(readSafetensors(file).tensors.ec_cache).toMatchObject({ shape: [72, 48], dtype: 'float32' });
  expect(
    responses
      .filter((each) => 'error' in each)
      .map(({ error }) => error?.code)
      .toSorted(),
  ).toEqual(['ERR_FETCH_REFUSED', 'ERR_JSON', 'ERR_REQUEST_INVALID']);
  expect(responses.find((each) => 'summary' in each)).toMatchObject({ summary: { items: 2, failed: 1, tokens: 72 } });
});

test.each(['features', 'embeddings', 'encode-worker'])('%s.mjs without arguments says how it is used', async (name) => {
  const { code, stderr } = await run(name);
  expect(code).toBe(2);
  expect(stderr).toMatch(new RegExp(`^Usage: node examples/${name}\\.mjs `));
});
