// addon.mjs FILE: what the addon links and exports. It must need nothing but the C and C++ runtime,
// show no symbol of the FFmpeg inside it, and stay small.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

const [file] = process.argv.slice(2);
const maxBytes = 6 * 1024 * 1024;
const runtime = /^(libc|libm|libstdc\+\+|libgcc_s|libpthread|ld-linux-[\w-]+)\.so/;

const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' });
const problems = [];

const needed = [...run('readelf', '--dynamic', file).matchAll(/NEEDED.*\[(.+)\]/g)].map(([, name]) => name);
for (const name of needed) if (!runtime.test(name)) problems.push(`links ${name}`);

const exported = run('nm', '--dynamic', '--defined-only', file).match(/ [TDBRWV] \S+/g) ?? [];
const foreign = exported.filter(
  (line) => /\b(av|sw|ff|soxr|speex)_?\w*/.test(line.slice(3)) && !/napi|node_api/.test(line),
);
if (foreign.length > 0) problems.push(`exports ${foreign.slice(0, 5)}`);

const { size } = statSync(file);
if (size > maxBytes) problems.push(`is ${size} bytes, more than ${maxBytes}`);

for (const problem of problems) console.error(`${file} ${problem}`);
console.log(`${file}: ${size} bytes, links ${needed.join(', ')}, exports ${exported.length} symbols`);
process.exitCode = problems.length > 0 ? 1 : 0;
