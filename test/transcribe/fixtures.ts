import { readFileSync } from 'node:fs';
import { WhisperTokenizer } from '../../dist/transcribe/tokenizer/tokenizer.js';

const folder = new URL('../fixtures/transcribe/', import.meta.url);

export const tokenizerJson = readFileSync(new URL('tokenizer.json', folder), 'utf8');

export const tokenizer = WhisperTokenizer.parse(tokenizerJson, 'tokenizer.json');

/** What tools/export/make_transcribe_goldens.py wrote. */
export function golden<Golden>(name: string): Golden {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Golden;
}
