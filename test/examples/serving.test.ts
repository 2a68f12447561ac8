import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readSafetensors } from '../../dist/index.js';
import { program, start, temporaryFolder } from '../cli/command.js';
import { form, post, speechFile } from '../serve/service.js';
import { towerFolder } from '../tower/reference.js';

const inProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Starts a program that says where it listens, on one of its outputs. */
async function listening(script: string, args: readonly string[]) {
  const { child, finished } = start(script, args);
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  const url = await new Promise<string>((resolve) => {
    const listen = (text: string): void => {
      said += text;
      const [found] = /http:\/\/127\.0\.0\.1:\d+(?=\n)/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
  });
  return { url, child, finished };
}

const service = () => listening(program, ['serve', '--port', '0', '--tower', towerFolder('qwen2-audio')]);

async function untilReady(url: string): Promise<void> {
  while ((await fetch(`${url}/health/ready`)).status !== 200);
}

describe.each(['serve-fastify', 'serve-express'])('%s.mjs', (name) => {
  test('its own routes beside ours; SIGTERM ends it', async () => {
    const { url, child, finished } = await listening(inProject(`examples/${name}.mjs`), ['0']);
    expect(await (await fetch(`${url}/`)).json()).toEqual({
      routes: ['/audio/v1/audio/decode', '/audio/v1/audio/features'],
    });
    const response = await post(`${url}/audio/v1/audio/decode?sample_rate=16000`, form());
    expect([response.status, response.headers.get('x-audio-frames')]).toEqual([200, '46095']);
    expect((await fetch(`${url}/audio/docs/`)).status).toBe(200);
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    child.kill('SIGTERM');
    expect(await finished).toMatchObject({ code: 0, stderr: '' });
  });
});

test('serve-fastify.mjs: who may use it is what the application says', async () => {
  const { url } = await listening(inProject('examples/serve-fastify.mjs'), ['0']);
  const response = await post(`${url}/audio/v1/audio/decode`, form(), { 'x-tenant': 'blocked' });
  expect(response.status).toBe(401);
});

const python = process.env.COCHLEA_PYTHON ?? 'python3';
const hasPackages = spawnSync(python, ['-c', 'import numpy, safetensors.numpy']).status === 0;
if (!hasPackages) console.log(`skipped: ${python} has no numpy and safetensors (COCHLEA_PYTHON names one that has)`);

describe.skipIf(!hasPackages)('serve-client.py', () => {
  const run = async (...args: string[]) => {
    const child = spawn(python, [inProject('examples/serve-client.py'), ...args]);
    let said = '';
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (text) => {
        said += text;
      });
    }
    const [code] = await once(child, 'close');
    return { code, said };
  };

  test('samples, features and embeddings in NumPy; an error says what is wrong', async () => {
    const { url } = await service();
    await untilReady(url);
    expect(await run(url, speechFile)).toEqual({
      code: 0,
      said: [
        'samples float32 [1, 46095] 16000',
        'feature_attention_mask int32 [1, 3000]',
        'input_features float32 [1, 128, 3000]',
        'embeddings of qwen2-audio float32 [72, 48]',
        '',
      ].join('\n'),
    });
    const { code, said } = await run(url, inProject('package.json'));
    expect([code, said]).toEqual([1, expect.stringMatching(/^415 ERR_AUDIO_UNSUPPORTED_CONTAINER: /)]);
  });
});

/** They are 15 MB with their packages, so that they are no dependencies: `npm install --no-save bullmq ioredis`. */
const hasQueue = (() => {
  try {
    for (const name of ['bullmq', 'ioredis']) createRequire(import.meta.url).resolve(name);
    return spawnSync('redis-server', ['--version']).status === 0;
  } catch {
    return false;
  }
})();
if (!hasQueue) console.log('skipped: bullmq, ioredis and redis-server are not all installed');

test.skipIf(!hasQueue)('bucket-bullmq.mjs: a folder to files of embeddings, and one that is no audio', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  const redis = spawn('redis-server', ['--port', `${port}`, '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
  onTestFinished(() => void redis.kill('SIGKILL'));
  const { url } = await service();
  await untilReady(url);
  const folder = temporaryFolder();
  const [input, output] = [join(folder, 'in'), join(folder, 'out')];
  mkdirSync(input);
  for (let i = 0; i < 5; i++) copyFileSync(speechFile, join(input, `talk-${i}.mp3`));
  writeFileSync(join(input, 'notes.txt'), 'no audio'.repeat(100));
  const { finished } = start(inProject('examples/bucket-bullmq.mjs'), [url, input, output], {
    REDIS_URL: `redis://127.0.0.1:${port}`,
  });
  const { code, stdout, stderr } = await finished;
  expect(stderr).toMatch(/^notes\.txt: ERR_AUDIO_UNSUPPORTED_CONTAINER: .*\n$/);
  expect(stdout.trim().split('\n').toSorted()).toEqual([0, 1, 2, 3, 4].map((i) => `talk-${i}.mp3: 72 tokens`));
  expect(code).toBe(1);
  const { tensors } = readSafetensors(readFileSync(join(output, 'talk-3.mp3.safetensors')));
  expect(tensors.audio_features?.shape).toEqual([72, 48]);
});
