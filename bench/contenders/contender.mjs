/**
 * What a contender is: a module whose `load` imports the library and gives one function from file
 * bytes to 16 kHz mono samples. Everything inside `decode` is timed, nothing else is.
 *
 * @typedef {object} Contender
 * @property {string} version
 * @property {(bytes: Uint8Array, path: string) => Promise<Float32Array>} decode
 *   `bytes` has an ArrayBuffer of its own; only a contender that is a program of its own reads `path`.
 * @property {(sources: Uint8Array[]) => Promise<Float32Array[]>} [decodeAll]  for those that take many files at once
 *
 * @typedef {(options: {sync?: boolean}) => Promise<Contender>} Load
 */
import { readFileSync } from 'node:fs';

const modules = new URL('../node_modules/', import.meta.url);

/** The installed version of a package of this folder. @param {string} name @returns {string} */
export const versionOf = (name) => JSON.parse(readFileSync(new URL(`${name}/package.json`, modules), 'utf8')).version;

/** Mean of the channels, for libraries that leave the downmix to their user. @param {Float32Array[]} channels */
export function mean(channels) {
  const [left, right] = channels;
  if (left === undefined) throw new Error('no channel');
  if (right === undefined) return left;
  const mono = new Float32Array(left.length);
  if (channels.length === 2) {
    for (let i = 0; i < mono.length; i++)
      mono[i] = 0.5 * /** @type {number} */ (left[i] + /** @type {number} */ (right[i]));
    return mono;
  }
  for (const channel of channels) {
    for (let i = 0; i < mono.length; i++) mono[i] += /** @type {number} */ (channel[i]) / channels.length;
  }
  return mono;
}

/** Chunks of float32 bytes as one array. @param {Buffer[]} chunks */
export function join(chunks) {
  const joined = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0) / 4);
  const bytes = new Uint8Array(joined.buffer);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return joined;
}
