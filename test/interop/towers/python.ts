import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { slowness } from '../../safe/outcome.js';

const cache = join(process.env.COCHLEA_CACHE ?? join(homedir(), '.cache', 'cochlea'), 'interop-towers');

/** Whether tools/interop/towers/setup.sh has fetched what the tests of this folder need; else they are skipped. */
export const isInstalled = existsSync(join(cache, 'complete'));
if (!isInstalled) {
  const why = join(cache, 'why-not');
  const reason = existsSync(why)
    ? readFileSync(why, 'utf8').trim()
    : 'tools/interop/towers/setup.sh has not been run here';
  console.log(`skipped: the export of real weights: ${reason}`);
}

/** Python packages that hold models. */
export const packages = join(cache, 'packages');

/** Of one program: an export takes one minute on two idle cores. */
export const timeout = 600_000 * slowness;

/** What a Python script, given as a path from this folder, prints. */
export async function python(script: string, ...args: string[]): Promise<string> {
  const interpreter = readFileSync(join(cache, 'python-path'), 'utf8').trim();
  // After those of the interpreter: CTranslate2 takes its NumPy.
  const env = { ...process.env, PYTHONPATH: packages, HF_HUB_OFFLINE: '1' };
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await promisify(execFile)(interpreter, [path, ...args], { env, timeout });
  return stdout;
}
