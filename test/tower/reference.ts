import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AudioEmbeddings, AudioSamples } from '../../dist/tower/index.js';

/** Small towers of random weights; tools/export/make_fixtures.py made them, and the references with transformers. */
export const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
export const towerNames = ['qwen2-audio', 'whisper'] as const;
export type TowerName = (typeof towerNames)[number];

export function towerFolder(name: TowerName): string {
  return `${fixtures}towers/${name}`;
}

/** Rows of one clip: tokens 0, `every`, 2 · `every` and so on. */
interface StoredRows {
  readonly tokens: number;
  readonly every: number;
  readonly rows: number;
  readonly at: number;
}

export interface Reference {
  readonly dimension: number;
  readonly batches: readonly {
    readonly name: string;
    readonly clips: readonly (StoredRows & { readonly samples: number; readonly seed: number })[];
  }[];
  readonly files: readonly (StoredRows & { readonly file: string; readonly samples: number })[];
  readonly values: Float32Array;
}

export function reference(name: TowerName): Reference {
  const folder = towerFolder(name);
  const bytes = readFileSync(`${folder}/reference.f32`);
  const text = JSON.parse(readFileSync(`${folder}/reference.json`, 'utf8')) as Omit<Reference, 'values'>;
  return { ...text, values: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)) };
}

/** The noise of the reference: the same bits as its Python. */
export function noise(samples: number, seed: number): AudioSamples {
  const data = new Float32Array(samples);
  let state = seed;
  for (let i = 0; i < samples; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[i] = (((state >>> 16) - 2 ** 15) * ((Math.floor(i / 1600) % 7) + 1)) / 2 ** 18;
  }
  return { data, sampleRate: 16_000 };
}

/** How far clip `i` of a result is from its stored rows, at most; NaN counts as infinitely far. */
export function distance(
  result: AudioEmbeddings,
  i: number,
  stored: StoredRows,
  { dimension, values }: Reference,
): number {
  const first = result.tokens.slice(0, i).reduce((sum, tokens) => sum + tokens, 0);
  const { data } = result.audioFeatures;
  let largest = 0;
  for (let row = 0; row < stored.rows; row++) {
    for (let k = 0; k < dimension; k++) {
      const made = data[(first + row * stored.every) * dimension + k] ?? Number.NaN;
      const difference = Math.abs(made - (values[stored.at + row * dimension + k] as number));
      largest = difference <= largest ? largest : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    }
  }
  return largest;
}

/** The rows of clip `i`. */
export function rowsOf({ audioFeatures, tokens }: AudioEmbeddings, i: number): Float32Array | Uint16Array {
  const dimension = audioFeatures.shape[1] as number;
  const first = tokens.slice(0, i).reduce((sum, count) => sum + count, 0);
  return audioFeatures.data.slice(first * dimension, (first + (tokens[i] as number)) * dimension);
}
