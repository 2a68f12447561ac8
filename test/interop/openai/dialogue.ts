import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode, encode } from '../../../dist/index.js';
import { cache } from './servers.js';

/** The recording of dialogue.txt: 9 minutes and 44 seconds, 22 050 Hz. */
export const recording = join(cache, 'dialogue.wav');

/** A sentence, and where it is in the recording, in seconds. */
export interface Sentence {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function sentences(): Sentence[] {
  return JSON.parse(readFileSync(join(cache, 'dialogue.json'), 'utf8'));
}

/** The first sentences as a WAV file, and what is said in it. */
export async function beginning(count: number): Promise<{ wav: Uint8Array; text: string; seconds: number }> {
  const said = sentences().slice(0, count);
  const seconds = (said.at(-1) as Sentence).end;
  const wav = await encode(await decode(recording, { end: seconds }), { format: 'wav' });
  return { wav, text: said.map(({ text }) => text).join(' '), seconds };
}
