import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WhisperTokenizer } from '../../dist/transcribe/tokenizer/tokenizer.js';

const folder = new URL('../fixtures/transcribe/', import.meta.url);

export const tokenizerJson = readFileSync(new URL('tokenizer.json', folder), 'utf8');

export const tokenizer = WhisperTokenizer.parse(tokenizerJson, 'tokenizer.json');

/** What tools/export/make_transcribe_goldens.py wrote. */
export function golden<Golden>(name: string): Golden {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Golden;
}

/** The path of a small network with the inputs and outputs of Silero's VAD. */
export const vadModel = fileURLToPath(new URL('vad.onnx', folder));

/** From 0 up to 1, the same as in the goldens: a linear congruential generator. */
export function noise(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 2 ** 31;
  });
}

/** Little-endian float32 in base64. */
export function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}
