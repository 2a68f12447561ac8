/** What tools/interop/transcribe/setup.sh prepared. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const MODELS = ['tiny.en', 'base'];

/** @returns the path of a part of it */
export function prepared(...names) {
  const folder = join(process.env.COCHLEA_CACHE ?? join(homedir(), '.cache', 'cochlea'), 'interop-transcribe');
  if (existsSync(join(folder, 'clips.complete'))) return join(folder, ...names);
  throw new Error(`${folder} is not complete: run tools/interop/transcribe/setup.sh`);
}
