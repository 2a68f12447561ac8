/** A long recording: the ten minutes of ../inputs.mjs again and again, as MP3. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inputs } from '../inputs.mjs';
import { progress } from '../run/command.mjs';

/** @param {number} seconds @returns {Promise<string>} path */
export async function recording(seconds) {
  const { path } = (await inputs(progress))['long.wav'];
  const folder = join(dirname(path), 'openai');
  mkdirSync(folder, { recursive: true });
  const name = join(folder, `recording-${seconds}.mp3`);
  if (!existsSync(name)) {
    progress(`making ${seconds} s of MP3`);
    const unfinished = join(folder, `unfinished-${process.pid}.mp3`);
    const source = ['-stream_loop', '-1', '-t', `${seconds}`, '-i', path];
    const codec = ['-c:a', 'libmp3lame', '-b:a', '128k', '-bitexact'];
    await promisify(execFile)('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...source, ...codec, unfinished]);
    renameSync(unfinished, name);
  }
  return name;
}
