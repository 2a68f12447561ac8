/** Speech whose words are known, as files of float32 samples at 16 kHz: the dialogue, and its beginning. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from '../../dist/index.js';
import { prepared } from './models.mjs';

const sampleRate = 16_000;

/**
 * @param {string[]} names  seconds, or `dialogue`
 * @returns {Promise<{name: string, path: string, seconds: number, text: string}[]>}
 */
export async function recordings(names) {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-bench-transcribe-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { data } = await decode(prepared('clips', 'dialogue.wav'), { sampleRate, channels: 1 });
  const sentences = JSON.parse(readFileSync(prepared('clips', 'dialogue.json'), 'utf8'));
  return names.map((name) => {
    const said = name === 'dialogue' ? sentences : sentences.filter(({ end }) => end <= Number(name));
    const seconds = name === 'dialogue' ? data.length / sampleRate : Number(name);
    const samples = new Float32Array(Math.round(seconds * sampleRate));
    // Behind the last whole sentence it is silent.
    samples.set(name === 'dialogue' ? data : data.subarray(0, Math.round(said.at(-1).end * sampleRate)));
    const path = join(folder, `${name}.f32`);
    writeFileSync(path, samples);
    return { name, path, seconds, text: said.map(({ text }) => text).join(' ') };
  });
}
