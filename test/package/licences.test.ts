import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
// @ts-expect-error A script.
import { archiveOf, components } from '../../tools/components.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const notice = readFileSync(join(root, 'NOTICE'), 'utf8');
const tool = (name: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'tools', name), ...args], { cwd: root, encoding: 'utf8' });

// A machine that has the built libraries in its cache may have no archives.
const archives = (components as { key?: string }[]).filter(({ key }) => key !== undefined);
const missing = archives.filter((each) => archiveOf(each) === undefined);
if (missing.length > 0) process.stderr.write('licences.test.ts: NOTICE is not compared with the archives: not here\n');

test.skipIf(missing.length > 0)('NOTICE is what the archives of the build make', () => {
  expect(tool('licences.mjs', '--check')).toMatchObject({ status: 0, stderr: '' });
});

describe('the package holds the texts that it owes', () => {
  test.each([
    ['the LGPL of FFmpeg and libsoxr, whole', /GNU LESSER GENERAL PUBLIC LICENSE[\s\S]+END OF TERMS AND CONDITIONS/],
    ['libsoxr', /SoX Resampler Library +Copyright/],
    ['PFFFT, in libsoxr', /Julien Pommier[\s\S]+FFTPACK license[\s\S]+NCAR/],
    ['libspeex', /Jean-Marc Valin[\s\S]+Xiph.org Foundation[\s\S]+Redistributions in binary form/],
    ['libopus', /Octasic[\s\S]+Redistributions in binary form/],
    ['zlib', /Jean-loup Gailly and Mark Adler[\s\S]+altered source versions/i],
    ['pocketfft', /Max-Planck-Society[\s\S]+Redistributions in binary form/],
    ['node-addon-api', /Node.js API collaborators[\s\S]+Permission is hereby granted/],
    ['the parts of FFmpeg that are under MIT', /Michael Ahlberg, Måns Rullgård\s+Permission is hereby granted/],
    ['what the Independent JPEG Group asks for', /based in part on the work of the Independent JPEG Group\./],
    ['how to get the sources and to exchange the libraries', /COCHLEA_SOURCES=\S+ npx cochlea build-addon/],
  ])('%s', (_, words) => expect(notice).toMatch(words));

  test('in the tarball, beside our own', () => {
    const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
    });
    const [{ files }] = JSON.parse(packed.stdout) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    for (const path of ['LICENSE', 'NOTICE', 'docs/licences.md', 'native/third_party/pocketfft/LICENSE.md']) {
      expect(paths).toContain(path);
    }
    // What is needed to exchange the libraries.
    for (const path of ['CMakeLists.txt', 'native/cmake/dependencies.cmake', 'native/addon/addon.cpp']) {
      expect(paths).toContain(path);
    }
    expect(paths.filter((path) => path.startsWith('native/dependencies/patches/')).length).toBeGreaterThan(20);
  });
});

test.skipIf(missing.length > 0)('the sources of a release are the archives of the build', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
  expect(tool('licences.mjs', '--sources', folder)).toMatchObject({ status: 0, stderr: '' });
  expect(readdirSync(folder)).toHaveLength(archives.length);
  rmSync(folder, { recursive: true });
});

test('the bill of materials names what is linked and what is installed, and nothing else', () => {
  const { stdout, stderr, status } = tool('sbom.mjs');
  expect(status, stderr).toBe(0);
  interface Component {
    readonly 'bom-ref': string;
    readonly name: string;
    readonly version: string;
    readonly hashes?: { readonly content: string }[];
    readonly pedigree?: { readonly patches: unknown[] };
  }
  const sbom = JSON.parse(stdout) as {
    readonly bomFormat: string;
    readonly specVersion: string;
    readonly metadata: { readonly component: { readonly name: string; readonly 'bom-ref': string } };
    readonly components: Component[];
    readonly dependencies: { readonly ref: string; readonly dependsOn: string[] }[];
  };
  expect(sbom).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { name: 'cochlea' } },
  });
  const names = sbom.components.map(({ name }) => name);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly dependencies: object;
    readonly devDependencies: object;
  };
  const linked = (components as { name: string }[]).map(({ name }) => name);
  for (const name of [...linked, ...Object.keys(manifest.dependencies), 'string-width']) expect(names).toContain(name);
  for (const name of ['vitest', 'typescript', 'onnxruntime-node']) expect(names).not.toContain(name);
  const ffmpeg = sbom.components.find(({ name }) => name === 'FFmpeg');
  expect(ffmpeg?.hashes?.[0]?.content).toMatch(/^[0-9a-f]{64}$/);
  const patches = readdirSync(join(root, 'native/dependencies/patches')).filter((name) => name.endsWith('.patch'));
  expect(ffmpeg?.pedigree?.patches).toHaveLength(patches.length);
  // Every edge leads to something.
  const refs = new Set([sbom.metadata.component['bom-ref'], ...sbom.components.map((each) => each['bom-ref'])]);
  expect(new Set(sbom.dependencies.map(({ ref }) => ref))).toEqual(refs);
  for (const { dependsOn } of sbom.dependencies) for (const ref of dependsOn) expect(refs).toContain(ref);
});
