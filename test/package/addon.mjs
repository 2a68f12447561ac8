// addon.mjs FILE...: what each addon in prebuilds/PLATFORM-ARCH/ links and exports. It must be for that
// processor, need nothing but the C runtime of glibc 2.28 and gcc 8 (RHEL 8, Debian 10), show nothing but
// its two entries, and stay small.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

const maxBytes = 6 * 1024 * 1024;
const machines = { x64: 'X86-64', arm64: 'AArch64' };
const runtime = /^(libc|libm|libgcc_s|libpthread|libdl|ld-linux-[\w-]+)\.so/;
// No GLIBCXX and no CXXABI: the C++ runtime is inside.
const newest = { GLIBC: '2.28', GCC: '7.0.0' };
const entries = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' });

function symbolsOf(file) {
  const columns = /(\S+) +(?:DEFAULT|PROTECTED) .*?(UND|ABS|\d+) ([^@\s]+)(?:@+(\S+))?/;
  return run('readelf', '--dyn-syms', '--wide', file)
    .split('\n')
    .flatMap((line) => {
      const [, binding, section, name, version] = columns.exec(line) ?? [];
      if (name === undefined || binding === 'LOCAL') return [];
      return [{ name, version, weak: binding === 'WEAK', needed: section === 'UND' }];
    });
}

/** Whether a runtime as old as we promise has this version, such as GLIBC_2.2.5. */
function isOld(version) {
  const [, family, number] = /^([A-Z]+)_(\d[\d.]*)$/.exec(version) ?? [];
  return family in newest && number.localeCompare(newest[family], 'en', { numeric: true }) <= 0;
}

function problemsOf(file) {
  const problems = [];
  const [, arch] = basename(dirname(file)).split('-');
  const machine = /Machine: +(.+)/.exec(run('readelf', '--file-header', file))?.[1];
  if (!machine.includes(machines[arch])) problems.push(`is for ${machine}`);

  const needed = [...run('readelf', '--dynamic', file).matchAll(/NEEDED.*\[(.+)\]/g)].map(([, name]) => name);
  for (const name of needed) if (!runtime.test(name)) problems.push(`links ${name}`);

  const symbols = symbolsOf(file);
  const exported = symbols.filter((symbol) => !symbol.needed).map(({ name }) => name);
  if (exported.sort().join() !== entries.join()) problems.push(`exports ${exported.join(', ')}`);
  const unknown = symbols.filter((symbol) => symbol.needed && !symbol.version && !symbol.weak);
  for (const { name } of unknown) if (!name.startsWith('napi_')) problems.push(`needs ${name} of nowhere`);

  const versions = [...run('readelf', '--version-info', file).matchAll(/Name: (\S+) +Flags/g)].map(([, name]) => name);
  if (versions.length === 0) problems.push('states no versions that it needs');
  for (const version of versions.filter((name) => !isOld(name))) {
    const names = symbols.filter((symbol) => symbol.version === version).map(({ name }) => name);
    problems.push(`needs ${version} (${names.join(', ')}): see Note [glibc floor]`);
  }

  const { size } = statSync(file);
  if (size > maxBytes) problems.push(`is ${size} bytes, more than ${maxBytes}`);
  console.log(`${file}: ${size} bytes, links ${needed.join(', ')}, needs ${versions.length} versions`);
  return problems;
}

const files = process.argv.slice(2);
if (files.length === 0) throw new Error('usage: addon.mjs FILE...');
for (const file of files) {
  for (const problem of problemsOf(file)) {
    console.error(`${file} ${problem}`);
    process.exitCode = 1;
  }
}
