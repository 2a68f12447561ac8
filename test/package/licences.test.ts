import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
// @ts-expect-error A script.
import { archiveOf, components } from '../../tools/components.mjs';
import { slowness } from '../safe/outcome.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const notice = readFileSync(join(root, 'NOTICE'), 'utf8');
const tool = (name: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'tools', name), ...args], { cwd: root, encoding: 'utf8' });

/** The archives are unpacked. */
const timeout = 60_000 * slowness;

// A machine that has the built libraries in its cache may have no archives.
const archives = (components as { key?: string }[]).filter(({ key }) => key !== undefined);
const missing = archives.filter((each) => archiveOf(each) === undefined);
if (missing.length > 0) process.stderr.write('licences.test.ts: NOTICE is not compared with the archives: not here\n');

test.skipIf(missing.length > 0)('NOTICE is what the archives of the build make', { timeout }, () => {
  expect(tool('licences.mjs', '--check')).toMatchObject({ status: 0, stderr: '' });
});

describe('the package holds the texts that it owes', () => {
  test.each([
    ['the LGPL of FFmpeg and libsoxr, whole', /GNU LESSER GENERAL PUBLIC LICENSE[\s\S]+END OF TERMS AND CONDITIONS/],
    ['libsoxr', /SoX Resampler Library +Copyright/],
    ['PFFFT, in libsoxr', /Julien Pommier[\s\S]+FFTPACK license[\s\S]+NCAR/],
    ['libspeex', /Jean-Marc Valin[\s\S]+Xiph.org Foundation[\s\S]+Redistributions in binary form/],
    ['the Library GPL of LAME, whole', /GNU LIBRARY GENERAL PUBLIC LICENSE[\s\S]+END OF TERMS AND CONDITIONS/],
    ['LAME, by name and address', /^LAME 3\.100[\s\S]+https:\/\/lame\.sourceforge\.io/m],
    ['libopus', /Octasic[\s\S]+Redistributions in binary form/],
    ['zlib', /Jean-loup Gailly and Mark Adler[\s\S]+altered source versions/i],
    ['pocketfft', /Max-Planck-Society[\s\S]+Redistributions in binary form/],
    ['xxHash', /Yann Collet[\s\S]+Redistributions in binary form/],
    ['node-addon-api', /Node.js API collaborators[\s\S]+Permission is hereby granted/],
    ['the parts of FFmpeg that are under MIT', /Michael Ahlberg, Måns Rullgård\s+Permission is hereby granted/],
    ['what the Independent JPEG Group asks for', /based in part on the work of the Independent JPEG Group\./],
    ['how to get the sources and to exchange the libraries', /COCHLEA_SOURCES=\S+ npx cochlea build-addon/],
  ])('%s', (_, words) => expect(notice).toMatch(words));

  test('in the tarball, beside our own', { timeout }, () => {
    const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
    });
    const [{ files }] = JSON.parse(packed.stdout) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    const thirdParty = ['native/third_party/pocketfft/LICENSE.md', 'native/third_party/xxhash/LICENSE'];
    for (const path of ['LICENSE', 'NOTICE', 'docs/licences.md', ...thirdParty]) {
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

test('the bill of materials names what is linked and what is installed, and nothing else', { timeout }, () => {
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

// Where the addon was built, the folder of the libraries stands in what CMake made.
const prefix = ['build/build.ninja', 'build/CMakeCache.txt', 'build/Makefile']
  .map((name) => join(root, name))
  .filter(existsSync)
  .map((path) => /\/[^ ;:\n]*cochlea\/build\/[0-9a-f]{16}(?=\/)/.exec(readFileSync(path, 'utf8'))?.[0])
  .find((path) => path !== undefined && existsSync(path));

test.skipIf(missing.length > 0 || prefix === undefined)(
  'no file of FFmpeg that is linked has a licence that is not listed',
  { timeout },
  () => {
    const ffmpeg = (components as { key?: string; texts: { file: string }[] }[]).find(({ key }) => key === 'ffmpeg');
    const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
    const unpacked = spawnSync('tar', ['-xf', archiveOf(ffmpeg), '-C', folder, '--strip-components=1']);
    expect(unpacked.status).toBe(0);
    const linked = ['avformat', 'avcodec', 'swresample', 'avutil'].flatMap((library) => {
      const { stdout } = spawnSync('ar', ['t', join(prefix ?? '', `lib/lib${library}.a`)], { encoding: 'utf8' });
      const objects = new Set(stdout.split('\n').map((name) => name.replace(/\.o$/, '')));
      const sources = readdirSync(join(folder, `lib${library}`), { recursive: true }) as string[];
      return sources
        .filter((name) => /\.(c|asm|S)$/.test(name) && !name.includes('tests/'))
        .filter((name) => objects.has(basename(name).replace(/\.\w+$/, '')))
        .map((name) => `lib${library}/${name}`);
    });
    expect(linked.length).toBeGreaterThan(300);
    const granted = linked.filter((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const other =
        /Permission (is hereby granted|to use, copy)|Redistribution and use in source|Permission is granted/;
      return other.test(text) || !/GNU Lesser\s+(\*|;)?\s*General Public/.test(text);
    });
    rmSync(folder, { recursive: true });
    const listed = ffmpeg?.texts.map(({ file }) => file) ?? [];
    expect(granted.filter((name) => !listed.includes(name))).toEqual([]);
  },
);
