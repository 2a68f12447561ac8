import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { versions } from '../../dist/index.js';
import { describeProviders } from '../../dist/onnx/index.js';
import { environment, isInstalled } from '../interop/dynamo.js';
import { cochlea, type Finished, program, programWithout, start, temporaryFolder } from './command.js';

interface Finding {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
  readonly remedy?: string;
}

function findings({ stdout }: Finished): { ok: boolean; byName: Record<string, Finding> } {
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  return { ok, byName: Object.fromEntries(findings.map((finding) => [finding.name, finding])) };
}

const doctor = (env: NodeJS.ProcessEnv = {}) => start(program, ['doctor', '--json'], env).finished;

/** Where node-gyp-build finds no addon. */
const withoutAddon = () => ({ COCHLEA_PREBUILD: temporaryFolder() });

test('what decoding needs is there', async () => {
  const run = await doctor();
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const { ok, byName } = findings(run);
  expect(ok).toBe(true);
  expect(byName['Node.js']).toEqual({ name: 'Node.js', state: 'ok', detail: process.versions.node });
  expect(byName.platform?.detail).toMatch(/^linux-(x64|arm64), glibc 2\.\d+$/);
  expect(byName.addon).toMatchObject({ state: 'ok', detail: expect.stringMatching(/\.node$/) });
  const formats = JSON.parse(readFileSync(new URL('../../native/formats.json', import.meta.url), 'utf8'));
  expect(byName.FFmpeg?.detail).toContain(versions().ffmpeg);
  expect(byName.FFmpeg?.detail).toContain(`${formats.containers.length} containers, ${formats.codecs.length} codecs`);
  expect(byName.soxr?.detail).toContain(versions().soxr);
  expect(byName.decoding).toMatchObject({ state: 'ok', detail: expect.stringContaining('16000 Hz') });
});

test('ONNX Runtime, and each provider with why not and what to do', async () => {
  const { byName } = findings(await doctor());
  expect(byName['ONNX Runtime']).toMatchObject({ state: 'ok', detail: expect.stringMatching(/^1\.\d+\.\d+ in /) });
  expect(byName['provider cpu']).toEqual({ name: 'provider cpu', state: 'ok', detail: 'runs models' });
  for (const report of await describeProviders()) {
    const { state, detail, remedy } = byName[`provider ${report.provider}`] as Finding;
    expect({ state, remedy }).toEqual({ state: report.available ? 'ok' : 'missing', remedy: report.remedy });
    if (report.reason !== undefined) expect(detail).toBe(report.reason);
  }
});

test('without onnxruntime-node: how to install it, and no failure', async () => {
  const run = await start(programWithout('onnxruntime-node'), ['doctor', '--json']).finished;
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const { ok, byName } = findings(run);
  expect(ok).toBe(true);
  expect(byName['ONNX Runtime']).toMatchObject({ state: 'missing', detail: expect.stringContaining('not installed') });
  expect(byName['ONNX Runtime']?.remedy).toContain('npm install onnxruntime-node@^1.30.0');
  expect(byName['provider cpu']).toBeUndefined();
});

test('NIXL: what to install where it is not, and which one where it is', async () => {
  const { ok, byName } = findings(await doctor({ COCHLEA_NIXL: '' }));
  expect(ok).toBe(true);
  expect(byName.NIXL).toMatchObject({ state: 'missing', detail: 'NIXL is not set up' });
  expect(byName.NIXL?.remedy).toContain('pip install --no-deps nixl-cu12');
  if (!isInstalled) return;
  const { byName: there } = findings(await doctor({ COCHLEA_NIXL: environment }));
  expect(there.NIXL).toMatchObject({ state: 'ok', detail: expect.stringMatching(/^1\.5\.1: .*libnixl_capi\.so$/) });
});

test('without the packages that draw: which to install, and no failure', async () => {
  const run = await start(programWithout('d3-scale'), ['doctor', '--json']).finished;
  expect(run.code).toBe(0);
  const { byName } = findings(run);
  expect(byName.pictures?.state).toBe('missing');
  expect(byName.pictures?.remedy).toMatch(/npm install @napi-rs\/canvas@\S+ d3-scale@/);
});

test('as text: a line each, without colours, and what to do about what is missing', async () => {
  const { code, stdout } = await start(program, ['doctor'], { PATH: '' }).finished;
  expect(code).toBe(0);
  expect(stdout).toMatch(/^✓ {2}Node\.js +\d+\.\d+\.\d+\n✓ {2}platform /);
  expect(stdout).toMatch(/\n– {2}GPU +no NVIDIA driver \(nvidia-smi is not there\)\n/);
  expect(stdout).toMatch(/\nDecoding works\.\n$/);
  expect(stdout).not.toContain('\u001b');
});

describe('without the addon', () => {
  test('the doctor still comes, says what to do, and exits with 1', async () => {
    const run = await doctor(withoutAddon());
    expect(run).toMatchObject({ code: 1, stderr: '' });
    const { ok, byName } = findings(run);
    expect(ok).toBe(false);
    expect(byName.addon).toMatchObject({ state: 'broken', detail: expect.stringContaining('does not load') });
    expect(byName.addon?.remedy).toMatch(
      /1\. Install cochlea again[\s\S]+2\. Build it here: npx cochlea build-addon[\s\S]+No native build was found/,
    );
    expect(byName.decoding).toBeUndefined();
    const text = await start(program, ['doctor'], withoutAddon()).finished;
    expect(text.stdout).toMatch(/\n✗ {2}addon [\s\S]+\nDecoding does not work here\.\n$/);
  });

  test.each([['probe', 'a.wav'], ['decode', '--sample-rate', '16000', 'a.wav'], ['--version'], []])(
    '%s %s: the error of the addon, once',
    async (...args) => {
      const run = await start(program, args, withoutAddon()).finished;
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toMatch(/^cochlea: ERR_ADDON_UNAVAILABLE: Cochlea's native addon does not load/);
      expect(run.stderr.match(/ERR_ADDON/g)).toHaveLength(1);
    },
  );

  test('the help names the doctor', async () => {
    const { code, stdout } = await start(program, ['--help'], withoutAddon()).finished;
    expect(code).toBe(0);
    expect(stdout).toContain('doctor');
  });
});

describe('graphics cards, as nvidia-smi lists them', () => {
  function withNvidiaSmi(script: string): NodeJS.ProcessEnv {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'nvidia-smi'), 0o755);
    return { PATH: `${folder}:${process.env.PATH}` };
  }

  test.each([
    ['echo "NVIDIA H100 80GB HBM3, 580.95.05, 81559 MiB"', 'NVIDIA H100 80GB HBM3, 81559 MiB, driver 580.95.05'],
    ['for i in 1 2 3; do echo "NVIDIA L4, 550.54, 23034 MiB"; done', 'NVIDIA L4, 23034 MiB, driver 550.54, and 2 more'],
  ])('%s', async (script, detail) => {
    const { byName } = findings(await doctor(withNvidiaSmi(script)));
    expect(byName.GPU).toEqual({ name: 'GPU', state: 'ok', detail });
  });

  test('a driver that does not answer is no failure', async () => {
    const run = await doctor(withNvidiaSmi('echo "NVIDIA-SMI has failed" >&2; exit 9'));
    expect(run.code).toBe(0);
    expect(findings(run).byName.GPU).toMatchObject({ state: 'missing', detail: expect.stringContaining('fails') });
  });
});

test('--help of all commands names every one', async () => {
  const { stdout } = await cochlea('--help');
  for (const name of ['probe', 'decode', 'features', 'embed', 'inspect', 'conformance', 'doctor'])
    expect(stdout).toContain(`\n  ${name} `);
});
