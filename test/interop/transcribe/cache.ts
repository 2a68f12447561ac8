import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What tools/interop/transcribe/setup.sh has prepared. */
export const cache = join(process.env.COCHLEA_CACHE ?? join(homedir(), '.cache', 'cochlea'), 'interop-transcribe');

export const models = ['tiny.en', 'base'] as const;

/** Whether the models are there, maybe without the answers of others. */
export const hasModels = models.every((model) => existsSync(join(cache, 'models', model, 'cochlea.json')));
export const isPrepared = existsSync(join(cache, 'answers.complete'));
if (!isPrepared) {
  const why = join(cache, 'why-not');
  const reason = existsSync(why)
    ? readFileSync(why, 'utf8').trim()
    : 'tools/interop/transcribe/setup.sh has not been run here';
  console.log(`skipped: transcription with real weights: ${reason}`);
}

export const clip = (name: string): string => join(cache, 'clips', `${name}.wav`);
export const modelFolder = (model: string): string => join(cache, 'models', model);
export const answers = <Answers>(name: string): Answers =>
  JSON.parse(readFileSync(join(cache, 'answers', `${name}.json`), 'utf8')) as Answers;
