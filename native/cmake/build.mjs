#!/usr/bin/env node
// Runs the CMake build for `cochlea build-addon` and binding.gyp, and in place of node-gyp for prebuildify, whose arguments mean
// nothing here; what it builds for comes by its environment. cmake-js is a development dependency: where
// the package was installed without it, CMake is called with what cmake-js would have passed.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error?.code === 'ENOENT') {
    console.error(
      `cochlea: ${command} is needed to build the native addon. On Debian: apt-get install cmake make g++ nasm pkg-config`,
    );
  }
  if (status !== 0) process.exit(status ?? 1);
}

/** Of a build for other machines: another processor perhaps, and always an older system. */
function prebuildFlags(platform, arch) {
  const cross = platform !== process.platform || arch !== process.arch;
  return [
    '-DCOCHLEA_PORTABLE=ON',
    ...(cross ? [`-DCMAKE_TOOLCHAIN_FILE=${join(root, `native/cmake/${platform}-${arch}.cmake`)}`] : []),
  ];
}

const { PREBUILD_PLATFORM: platform, PREBUILD_ARCH: arch } = process.env;
const forOthers = platform !== undefined && arch !== undefined;
// prebuildify takes the addon away from build/Release of the folder that it starts this program in.
const folder = join(forOthers ? process.cwd() : root, 'build');
const include = [require('node-api-headers').include_dir, dirname(require.resolve('node-addon-api'))].join(';');
run(
  'cmake',
  '-S',
  '.',
  '-B',
  join(folder, 'cmake'),
  '-DCMAKE_BUILD_TYPE=Release',
  `-DCMAKE_JS_INC=${include}`,
  `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(folder, 'Release')}`,
  ...(forOthers ? prebuildFlags(platform, arch) : []),
);
// With no number, make runs as many compilers as there are files: 60 of them, 300 MB each.
run('cmake', '--build', join(folder, 'cmake'), '--parallel', String(availableParallelism()));
