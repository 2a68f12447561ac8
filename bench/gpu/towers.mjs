/** Random towers, exported once and kept in the cache. */
import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../tools/export/export_qwen2_audio.py', import.meta.url));

/** Layers, width, heads, feed-forward width, and width of the embeddings. */
export const sizes = {
  full: { layers: 32, 'd-model': 1280, heads: 20, ffn: 5120, projection: 4096 },
  two: { layers: 2, 'd-model': 1280, heads: 20, ffn: 5120, projection: 4096 },
  small: { layers: 2, 'd-model': 64, heads: 4, ffn: 256, projection: 96 },
};
const precisions = { full: ['fp32', 'fp16'], two: ['fp32', 'fp16', 'int8'], small: ['fp32', 'fp16'] };

export const flagsOf = (size) => Object.entries(sizes[size]).flatMap(([name, value]) => [`--${name}`, `${value}`]);

/**
 * @param {keyof typeof sizes} size
 * @param {string} python
 * @param {(text: string) => void} say
 * @returns {Promise<string>} its folder
 */
export async function exported(size, python, say) {
  const { COCHLEA_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = COCHLEA_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cochlea');
  const folder = join(cache, 'bench', `qwen2-audio-random-${size}`);
  if (existsSync(join(folder, 'cochlea.json'))) return folder;
  say(`Exporting a random tower (${size}) to ${folder}`);
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const words = ['--random', ...flagsOf(size), '--precision', ...precisions[size], '--output', unfinished];
  try {
    await run(python, [script, ...words], { maxBuffer: 64 * 2 ** 20 });
  } catch (error) {
    const said = String(/** @type {any} */ (error).stderr ?? error).trim();
    throw new Error(`The export failed. It needs a Python with tools/export/requirements.txt (--python).\n${said}`);
  }
  renameSync(unfinished, folder);
  return folder;
}
