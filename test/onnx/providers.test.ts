import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { native } from '../../dist/native/binding.js';
import { OnnxSession } from '../../dist/onnx/index.js';
import { describeProviders } from '../../dist/tower/index.js';
import { errorOf, type Run, runNode } from '../safe/outcome.js';
import { identity } from './models.mjs';
import { float32 } from './tensors.js';

/** Which providers work on this machine is the machine's; that the reasons are words and the choice follows them is ours. */

const reports = await describeProviders();
const [cuda, webgpu, cpu] = reports as [(typeof reports)[0], (typeof reports)[0], (typeof reports)[0]];

test('each provider is there or says why it is not, and what to do', () => {
  expect(reports.map(({ provider }) => provider)).toEqual(['cuda', 'webgpu', 'cpu']);
  for (const { available, reason, remedy } of reports) {
    if (available) expect({ reason, remedy }).toEqual({ reason: undefined, remedy: undefined });
    else expect(`${reason}; ${remedy}`).toMatch(/^\S.{20,}; [A-Z].{20,}\.$/s);
  }
  expect(cpu).toMatchObject({ available: true });
});

describe.each([cuda, webgpu])(
  '$provider (available: $available; $reason)',
  ({ provider, available, reason, remedy }) => {
    test.runIf(available)('a model runs there', async () => {
      await using session = await OnnxSession.open(identity(), { provider });
      expect(session.provider).toBe(provider);
      expect((await session.run({ x: float32([1, 2], 2) })).y).toEqual(float32([1, 2], 2));
    });

    test.skipIf(available)('asking for it by name is an error with the reason', async () => {
      const error = await errorOf(OnnxSession.open(identity(), { provider }));
      expect(error).toMatchObject({ code: 'ERR_PROVIDER_UNAVAILABLE', fault: 'server', retryable: false, remedy });
      expect(error.message).toBe(`the provider '${provider}' does not work here: ${reason}\nWhat to do: ${remedy}`);
    });
  },
);

test('auto is CUDA, or else the processor, and says what it passed over', async () => {
  await using session = await OnnxSession.open(identity());
  expect(session.provider).toBe(cuda.available ? 'cuda' : 'cpu');
  expect(session.declined).toEqual(cuda.available ? [] : [cuda]);
});

/** A copy of the built library in a folder where it finds only what is put there. */
describe('where the package is', () => {
  let folder: string;
  const root = fileURLToPath(new URL('../../', import.meta.url));
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
    for (const addon of ['build/Release/cochlea.node', 'prebuilds']) {
      if (existsSync(join(root, addon))) cpSync(join(root, addon), join(folder, addon), { recursive: true });
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
    put('node-gyp-build');
    writeFileSync(
      join(folder, 'script.mjs'),
      `import { describeProviders, OnnxSession } from './dist/onnx/index.js';
      import { identity } from ${JSON.stringify(new URL('models.mjs', import.meta.url).href)};
      const reports = await describeProviders();
      const failure = await OnnxSession.open(identity()).then(() => null, ({ code, message, remedy }) => ({ code, message, remedy }));
      console.log(JSON.stringify({ reports, failure }));`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function put(name: string): void {
    const path = join(folder, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), path);
  }

  async function outcome(): Promise<{
    reports: typeof reports;
    failure: { code: string; message: string; remedy: string };
  }> {
    const run: Run = await runNode([join(folder, 'script.mjs')]);
    expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
    return JSON.parse(run.stdout);
  }

  test('missing, the error says how to install it, also without CUDA', async () => {
    const given = await outcome();
    for (const { available, reason, remedy } of given.reports) {
      expect(available).toBe(false);
      expect(reason).toBe('the package onnxruntime-node is not installed beside cochlea');
      expect(remedy).toMatch(/npm install onnxruntime-node[\s\S]*ONNXRUNTIME_NODE_INSTALL=skip/);
    }
    expect(given.failure.code).toBe('ERR_PROVIDER_UNAVAILABLE');
    expect(given.failure.message).toContain('the package onnxruntime-node is not installed beside cochlea');
  });

  test.each(['1.29.1', '2.0.0'])('of version %s, the error says which it should be', async (version) => {
    const path = join(folder, 'node_modules/onnxruntime-node');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'package.json'), JSON.stringify({ name: 'onnxruntime-node', version }));
    const { failure } = await outcome();
    rmSync(path, { recursive: true });
    expect(failure).toMatchObject({ code: 'ERR_PROVIDER_UNAVAILABLE' });
    expect(failure.message).toContain(
      `onnxruntime-node ${version} is installed in ${path}, and Cochlea needs 1.30 or newer`,
    );
  });

  test('broken, the error holds the reason of the loader', async () => {
    const path = join(folder, 'node_modules/onnxruntime-node');
    mkdirSync(path, { recursive: true });
    writeFileSync(
      join(path, 'package.json'),
      JSON.stringify({ name: 'onnxruntime-node', version: '1.30.0', main: 'x.js' }),
    );
    writeFileSync(join(path, 'x.js'), "throw new Error('libsomething.so: no such file');");
    const { failure } = await outcome();
    rmSync(path, { recursive: true });
    expect(failure.message).toMatch(/onnxruntime-node 1\.30\.0 does not load on .*libsomething\.so: no such file/);
  });
});

test('a library that cannot be loaded says why', () => {
  expect(native.loadLibrary('libcochlea-nonesuch.so.9')).toContain(
    'libcochlea-nonesuch.so.9: cannot open shared object',
  );
  expect(native.loadLibrary('libm.so.6')).toBeUndefined();
});
