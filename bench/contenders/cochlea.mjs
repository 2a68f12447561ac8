/** Ours: the built package beside this folder, with its defaults (mean downmix, soxr HQ). */
import { readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

/** @type {import('./contender.mjs').Load} */
export async function load() {
  const { AudioDecoder, decode } = await import(new URL('dist/index.js', root).href);
  const decoder = new AudioDecoder({ sampleRate: 16_000, channels: 1 });
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  return {
    version,
    decode: async (bytes) => (await decode(bytes, { sampleRate: 16_000, channels: 1 })).data,
    decodeAll: async (sources) => (await decoder.decodeAll(sources)).map(({ value }) => value.data),
  };
}
