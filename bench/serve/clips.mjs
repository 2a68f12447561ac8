/** Clips as services get them: cut out of the long file of ../inputs.mjs, from another place each. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { inputs } from '../inputs.mjs';
import { progress } from '../run/command.mjs';

const run = promisify(execFile);
const CODECS = {
  mp3: ['-c:a', 'libmp3lame', '-b:a', '128k'],
  opus: ['-c:a', 'libopus', '-b:a', '64k'],
  flac: ['-c:a', 'flac'],
  wav: ['-c:a', 'pcm_s16le'],
};
export const FORMATS = Object.keys(CODECS);

/**
 * @param {number[]} lengths  seconds
 * @param {string[]} formats
 * @returns {Promise<{format: string, seconds: number, bytes: Buffer}[]>}
 */
export async function clips(lengths, formats = FORMATS) {
  const { path } = (await inputs(progress))['long.wav'];
  const folder = join(dirname(path), 'serve');
  mkdirSync(folder, { recursive: true });
  const made = [];
  for (const [i, seconds] of lengths.entries()) {
    for (const format of formats) {
      const name = join(folder, `${seconds}-${i}.${format}`);
      const cut = ['-ss', `${(17 * i) % 560}`, '-t', `${seconds}`, '-i', path];
      if (!existsSync(name)) {
        const unfinished = join(folder, `unfinished-${process.pid}.${format}`);
        await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...cut, ...CODECS[format], '-bitexact', unfinished]);
        renameSync(unfinished, name);
      }
      made.push({ format, seconds, bytes: readFileSync(name) });
    }
  }
  return made;
}

/** A folder's own files; their lengths are found when they are decoded. @param {string} folder */
export function clipsOf(folder) {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ name }) => ({
    format: extname(name).slice(1).toLowerCase() || 'other',
    bytes: readFileSync(join(folder, name)),
  }));
}
