import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Command } from 'commander';

const notes = `
It needs CMake 3.25 or newer, make, nasm, patch, pkg-config, xz and a C++20 compiler. On Debian and Ubuntu:
  apt-get install cmake make g++ nasm patch pkg-config xz-utils
It fetches the sources of FFmpeg and of the other libraries, and checks their SHA-256. COCHLEA_SOURCES names a folder that
already has them. COCHLEA_CACHE names a folder for the built libraries (default: ~/.cache/cochlea).
The addon goes into the folder of the package, which must be writable. From then on it replaces the prebuilt one.`;

/** Unlike most commands, this one works if the addon does not load. */
export function addBuildAddon(program: Command, signal: AbortSignal): void {
  program
    .command('build-addon')
    .description('build the native addon from source, if no prebuilt one works here')
    .addHelpText('after', notes)
    .action(() => build(signal));
}

async function build(signal: AbortSignal): Promise<void> {
  const folder = join(__dirname, '../../..');
  const script = join(folder, 'native/cmake/build.mjs');
  // The user sees its messages: standard output has no other use here.
  const child = spawn(process.execPath, [script], { cwd: folder, stdio: 'inherit', signal });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('the native addon was not built: see above');
  process.stdout.write(`Built ${join(folder, 'build/Release/cochlea.node')}\n`);
}
