#!/usr/bin/env node
// Refuses to publish a package that would have to be compiled on a platform that we promise an addon for,
// whose addon is not what the sources say, or that names no repository.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prebuiltPlatforms } from '../dist/native/platform.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const commands = { 'linux-x64': 'npm run prebuild, on x64', 'linux-arm64': 'npm run prebuild:arm64' };
const files = prebuiltPlatforms.map((platform) => `prebuilds/${platform}/cochlea.glibc.node`);

const changed = (path) => statSync(root + path).mtimeMs;
const sources = [
  'CMakeLists.txt',
  ...readdirSync(`${root}native`, { recursive: true }).map((name) => `native/${name}`),
].filter((path) => statSync(root + path).isFile());
const newest = sources.reduce((a, b) => (changed(a) > changed(b) ? a : b));

const problems = [];
for (const [index, file] of files.entries()) {
  const command = commands[prebuiltPlatforms[index]];
  if (!existsSync(root + file)) problems.push(`${file} is missing: ${command}`);
  else if (changed(file) < changed(newest)) problems.push(`${file} is older than ${newest}: ${command}`);
}
// OWNER stands for the owner of the repository, which only package.json names.
if (readFileSync(`${root}package.json`, 'utf8').includes('/OWNER/')) {
  problems.push('package.json names no repository: put its owner in place of OWNER');
}
if (problems.length === 0) {
  const { status } = spawnSync(process.execPath, ['test/package/addon.mjs', ...files], { cwd: root, stdio: 'inherit' });
  if (status !== 0) problems.push('an addon is not what it must be');
}
for (const problem of problems) console.error(`cochlea: not published: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
