import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { DecodedAudio } from '../../dist/index.js';

/** Files of kinds that broke in the field, with what decoders that are not ours make of them (tools/fixtures/field_*.py). */
export interface FieldCase {
  readonly name: string;
  readonly path: string;
  readonly frames: number;
  readonly channels: number;
  /** Whose samples: a name of the generator. */
  readonly oracle: string;
  /** Every how many frames one was kept. */
  readonly every: number;
  /** Interleaved. */
  samples(): Float32Array;
}

export function fieldCases(topic: string): FieldCase[] {
  const folder = fileURLToPath(new URL(`../fixtures/field/${topic}/`, import.meta.url));
  const facts = JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')) as Record<string, Omit<FieldCase, 'name'>>;
  return Object.entries(facts).map(([name, expected]) => ({
    ...expected,
    name,
    path: folder + name,
    samples: () => new Float32Array(new Uint8Array(gunzipSync(readFileSync(`${folder}${name}.f32.gz`))).buffer),
  }));
}

/** The largest difference of a sample that was kept. */
export function distance(audio: DecodedAudio, expected: FieldCase): number {
  const samples = expected.samples();
  let most = 0;
  for (let kept = 0; kept * expected.every < expected.frames; kept++) {
    for (let c = 0; c < expected.channels; c++) {
      const ours = audio.data[c * audio.frames + kept * expected.every] as number;
      most = Math.max(most, Math.abs(ours - (samples[kept * expected.channels + c] as number)));
    }
  }
  return most;
}
