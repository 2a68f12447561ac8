// What the checks of the package share: a project in an empty folder, as a user begins one, and commands in it.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [given, ...flags] = process.argv.slice(2);
if (!given?.endsWith('.tgz')) throw new Error('usage: a check takes the packed package: NAME.tgz [--all]');

export const tarball = resolve(given);
/** Also what takes more than seconds. */
export const all = flags.includes('--all');
/** A file to decode: 46095 frames at 16000 Hz. */
export const speech = join(root, 'test/fixtures/speech/speech.flac');
export const tower = join(root, 'test/fixtures/towers/qwen2-audio');

const work = mkdtempSync(join(tmpdir(), 'cochlea-package-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

/** An empty project with what `test/package/NAME` holds. */
export function project(name, manifest = {}) {
  const folder = join(work, `${name}-${Math.random().toString(36).slice(2, 8)}`);
  mkdirSync(folder);
  cpSync(join(root, 'test/package', name), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, ...manifest }));
  return folder;
}

/** Runs a command to its end. What it printed comes back, and is in the error if it fails. */
export function run(folder, [command, ...args], { env = {}, seconds = 600 } = {}) {
  return new Promise((fulfil, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) fulfil(output);
      else reject(new Error(`${[command, ...args].join(' ')}: ${signal ?? `exit code ${code}`}\n${output}`));
    });
  });
}

/** Installs with npm what is named, without running any script. */
export function install(folder, ...packages) {
  const flags = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  return run(folder, ['npm', 'install', ...flags, ...packages]);
}

/** A program of a package that is fetched for this run alone. */
export function fetched(packageSpec, program) {
  return ['npm', 'exec', '--yes', '--prefer-offline', `--package=${packageSpec}`, '--', program];
}

/**
 * Runs checks one after the other, prints a line for each, and ends the process with 1 if one failed. Where
 * `COCHLEA_OFFLINE` is set there is no registry to install from, and all that is said.
 *
 * @param {Record<string, () => Promise<unknown>>} checks
 */
export async function check(checks) {
  for (const [name, perform] of Object.entries(checks)) {
    if (process.env.COCHLEA_OFFLINE) {
      console.log(`  – ${name}: not checked, COCHLEA_OFFLINE is set`);
      continue;
    }
    const start = performance.now();
    try {
      await perform();
      console.log(`  ✓ ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    } catch (error) {
      // The first lines of what a program prints say most, and one cause makes many lines.
      console.error(`  ✗ ${name}: ${error.message.split('\n').slice(0, 30).join('\n    ')}`);
      process.exitCode = 1;
    }
  }
}
