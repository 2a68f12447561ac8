import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { prebuiltPlatforms } from '../../dist/native/platform.js';
import { temporaryFolder } from '../cli/command.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const here = `linux-${process.arch}`;

/** The package as it is where nothing was built, with these files as its prebuilds. */
function packageWith(prebuilds: Readonly<Record<string, string>> = {}): string {
  const copy = temporaryFolder();
  for (const name of ['dist', 'package.json', 'native/formats.json']) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const [platform, source] of Object.entries(prebuilds)) {
    mkdirSync(join(copy, 'prebuilds', platform), { recursive: true });
    cpSync(source, join(copy, 'prebuilds', platform, 'cochlea.glibc.node'));
  }
  return copy;
}

/** What comes of requiring it, in a process of its own that begins with `before`. */
function load(folder: string, before = '', flags: readonly string[] = []) {
  const script = `${before};
    try {
      const { addonFile } = require(${JSON.stringify(join(folder, 'dist/native/binding.js'))});
      console.log(JSON.stringify({ addonFile }));
    } catch ({ code, fault, message }) {
      console.log(JSON.stringify({ code, fault, message }));
    }`;
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8' });
  return JSON.parse(stdout || JSON.stringify({ stderr })) as Record<string, string>;
}

const elsewhere = (platform: string, arch: string) =>
  `Object.defineProperty(process, 'platform', { value: '${platform}' });
   Object.defineProperty(process, 'arch', { value: '${arch}' })`;

describe('on a platform without a prebuilt addon the error says what is supported and what to do', () => {
  test.each([
    ['darwin', 'arm64', 'Linux container'],
    ['win32', 'x64', 'Linux container'],
    ['linux', 'riscv64', 'npx cochlea build-addon'],
  ])('%s-%s', (platform, arch, advice) => {
    const error = load(packageWith(), elsewhere(platform, arch));
    expect(error).toMatchObject({ code: 'ERR_ADDON_UNAVAILABLE', fault: 'server' });
    expect(error.message).toContain(`does not load on ${platform}-${arch} with Node ${process.versions.node}`);
    expect(error.message).toContain('Prebuilt addons come for linux-x64 and linux-arm64, with glibc 2.28 or newer');
    expect(error.message).toContain(advice);
    expect(error.message).not.toContain('--ignore-scripts');
  });

  test('Alpine: the addon for glibc is not even tried', () => {
    const folder = packageWith({ [here]: process.execPath });
    const alpine = join(folder, 'node');
    writeFileSync(alpine, '\x7fELF… /lib/ld-musl-x86_64.so.1 …');
    const error = load(folder, `process.execPath = ${JSON.stringify(alpine)}`);
    expect(error.code).toBe('ERR_ADDON_UNAVAILABLE');
    expect(error.message).toContain(`does not load on ${here}-musl`);
    expect(error.message).toContain('node:22-slim in place of node:22-alpine');
    expect(error.message).toContain('npx cochlea build-addon');
  });
});

test('a package that lost its addon names the file and how to build it', () => {
  const error = load(packageWith());
  expect(error.code).toBe('ERR_ADDON_UNAVAILABLE');
  expect(error.message).toContain(`prebuilds/${here}/cochlea.glibc.node`);
  expect(error.message).toContain('npx cochlea build-addon');
});

test('an addon that is there and does not load: the reason of the system', () => {
  const error = load(packageWith({ [here]: join(root, 'package.json') }));
  expect(error.code).toBe('ERR_ADDON_UNAVAILABLE');
  expect(error.message).toMatch(/This is why: .*(invalid ELF header|file too short)/);
});

test('the prebuilt addon is taken where nothing was built, and what was built here before it', () => {
  const file = join(root, 'build/Release/cochlea.node');
  const folder = packageWith({ [here]: file });
  expect(load(folder)).toEqual({ addonFile: `prebuilds/${here}/cochlea.glibc.node` });
  mkdirSync(join(folder, 'build/Release'), { recursive: true });
  cpSync(file, join(folder, 'build/Release/cochlea.node'));
  expect(load(folder)).toEqual({ addonFile: 'build/Release/cochlea.node' });
});

test("under Node's permission model it loads and reads nothing outside the package; without addons it says so", () => {
  const file = join(root, 'build/Release/cochlea.node');
  const folder = packageWith({ [here]: file });
  const permission = Number.parseInt(process.versions.node, 10) < 22 ? '--experimental-permission' : '--permission';
  const flags = [permission, `--allow-fs-read=${folder}`, `--allow-fs-read=${join(root, 'node_modules')}`];
  expect(load(folder, '', [...flags, '--allow-addons'])).toEqual({
    addonFile: `prebuilds/${here}/cochlea.glibc.node`,
  });
  const error = load(folder, '', flags);
  expect(error.code).toBe('ERR_ADDON_UNAVAILABLE');
  expect(error.message).toContain('start node with --allow-addons');
});

test('the path of each prebuilt addon is written out, so that bundlers and tracers find it', () => {
  const loader = readFileSync(join(root, 'dist/native/addon.js'), 'utf8');
  const written = [...loader.matchAll(/require\('\.\.\/\.\.\/prebuilds\/([\w-]+)\/cochlea\.glibc\.node'\)/g)];
  expect(written.map(([, platform]) => platform)).toEqual([...prebuiltPlatforms]);
});

test('installing runs no script: pnpm 12 refuses packages that have one, and others warn', () => {
  const { scripts, gypfile } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toHaveProperty(name);
  expect(gypfile).toBe(false);
  // pnpm 10, yarn 1 and yarn 4 take the file alone for a script.
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
  const names: string[] = JSON.parse(packed.toString())[0].files.map(({ path }: { path: string }) => path);
  expect(names).not.toContain('binding.gyp');
  expect(names).toEqual(expect.arrayContaining(['CMakeLists.txt', 'native/cmake/build.mjs', 'dist/index.js']));
});
