#!/usr/bin/env node
// Runs the CMake build for binding.gyp, and in place of node-gyp for prebuildify (whose arguments mean
// nothing here). cmake-js is a development dependency: where the package was installed without it,
// CMake is called with what cmake-js would have passed.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
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

const include = [require('node-api-headers').include_dir, dirname(require.resolve('node-addon-api'))].join(';');
run(
  'cmake',
  '-S',
  '.',
  '-B',
  'build/cmake',
  '-DCMAKE_BUILD_TYPE=Release',
  `-DCMAKE_JS_INC=${include}`,
  `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${root}build/Release`,
);
run('cmake', '--build', 'build/cmake', '--parallel');
