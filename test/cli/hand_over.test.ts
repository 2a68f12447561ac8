import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decode, readSafetensors } from '../../dist/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { TensorReceiver } from '../../dist/transfer/index.js';
import { fixtures, towerFolder } from '../tower/reference.js';
import { cochlea, lines, temporaryFolder } from './command.js';

const tower = towerFolder('qwen2-audio');
const speech = join(fixtures, 'speech/speech.flac');

function embed(...args: string[]) {
  return cochlea('embed', '--tower', tower, '--provider', 'cpu', speech, ...args);
}

/** What the library makes of the same file. */
async function expected() {
  await using loaded = await AudioTower.load(tower, { provider: 'cpu' });
  return (await loaded.embed(await decode(speech, { sampleRate: 16_000 }))).audioFeatures;
}

test('--transfer file --layout vllm: the part of a chat message, and the file that vLLM looks for', async () => {
  const folder = temporaryFolder();
  const run = await embed('--transfer', 'file', '--layout', 'vllm', '--folder', folder);
  expect(run.code).toBe(0);
  const [part] = lines(run) as [{ uuid: string }];
  const { data, shape } = await expected();
  expect(part).toEqual({
    type: 'audio_embeds',
    audio_embeds: { audio_num_tokens: [shape[0]] },
    uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  // It stays when the command has ended, for its owner alone.
  expect(readdirSync(folder)).toEqual([part.uuid]);
  const file = join(folder, part.uuid, 'encoder_cache.safetensors');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readSafetensors(readFileSync(file)).tensors.ec_cache).toEqual({ data, shape, dtype: 'float32' });
});

test('--transfer file --layout dynamo: the request that LocalEmbeddingReceiver takes', async () => {
  const folder = temporaryFolder();
  const [request] = lines(await embed('--transfer', 'file', '--layout', 'dynamo', '--folder', folder));
  const [file] = readdirSync(folder);
  const { shape } = await expected();
  expect(request).toEqual({
    embeddings_shape: shape,
    embedding_dtype_str: 'float32',
    serialized_request: join(folder, file ?? ''),
  });
});

test('without --layout: the descriptor, which TensorReceiver takes', async () => {
  await using receiver = new TensorReceiver();
  for (const mode of ['inline', 'file']) {
    const [descriptor] = lines(await embed('--transfer', mode));
    const { tensor } = await receiver.receive(descriptor as never);
    expect(tensor).toEqual(await expected());
  }
});

test('--json: facts of each file, and failures, beside the request', async () => {
  const run = await embed('nothing.wav', '--transfer', 'inline', '--layout', 'vllm', '--json');
  expect(run.code).toBe(1);
  expect(lines(run)).toMatchObject([
    { file: speech, ok: true, tokens: 72, shape: [72, 48], dtype: 'float32', request: { type: 'audio_embeds' } },
    { file: 'nothing.wav', ok: false, code: 'ERR_AUDIO_SOURCE' },
  ]);
});

test.each([
  [[], '--output or --transfer must say where to'],
  [['--transfer', 'file', '--output', 'x.npy'], '--transfer goes in place of --output'],
  [['--transfer', 'inline', '--folder', 'x'], '--folder and --lease go with --transfer file'],
  [['--transfer', 'inline', '--layout', 'dynamo'], 'Dynamo takes no tensors inline: use --transfer file'],
])('%j is a usage error', async (args, message) => {
  expect(await embed(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});
