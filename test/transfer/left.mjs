import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * What this process still has of a folder: files below it, mappings and descriptors of files that are or were in it.
 *
 * @param {string | undefined} folder
 */
export function left(folder) {
  if (folder === undefined) return { files: [], mappings: 0, descriptors: 0 };
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
  const inside = (/** @type {string} */ text) => text.includes(`${folder}/`);
  const mappings = readFileSync('/proc/self/maps', 'utf8').split('\n').filter(inside).length;
  const descriptors = readdirSync('/proc/self/fd').filter((number) => {
    try {
      return inside(readlinkSync(`/proc/self/fd/${number}`));
    } catch {
      // That of the listing itself.
      return false;
    }
  }).length;
  return { files, mappings, descriptors };
}

export const nothing = { files: [], mappings: 0, descriptors: 0 };
