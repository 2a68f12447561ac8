/** The models: what tools/interop/transcribe/setup.sh prepared, and our export of it, kept in the cache. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('../../tools/export/export_whisper.py', import.meta.url));

export const MODELS = ['tiny.en', 'base'];

const cache = () => process.env.COCHLEA_CACHE ?? join(homedir(), '.cache', 'cochlea');

/** @returns the folder of what was prepared */
export function prepared() {
  const folder = join(cache(), 'interop-transcribe');
  if (existsSync(join(folder, 'clips.complete'))) return folder;
  throw new Error(`${folder} is not complete: run tools/interop/transcribe/setup.sh`);
}

/** Exports of one process, by model: several contenders want the same. */
const exports = new Map();

/** @param {string} model @returns {Promise<string>} its folder */
export function exported(model) {
  if (!exports.has(model)) exports.set(model, exportOnce(model));
  return exports.get(model);
}

async function exportOnce(model) {
  const folder = join(cache(), 'bench', `whisper-${model}`);
  if (existsSync(join(folder, 'cochlea.json'))) return folder;
  const python = readFileSync(join(cache(), 'interop-towers', 'python-path'), 'utf8').trim();
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const words = [join(prepared(), 'checkpoints', model), '--output', unfinished, '--precision', 'fp32', 'int8'];
  await promisify(execFile)(python, [script, ...words], { maxBuffer: 64 * 2 ** 20 });
  renameSync(unfinished, folder);
  return folder;
}
