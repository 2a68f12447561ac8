import { fileURLToPath } from 'node:url';
import { decode } from '../../dist/index.js';

/** A signal of test/fixtures/features/index.json, whose `kinds` say what each means. */
export interface Recipe {
  readonly kind: 'noise' | 'noise16' | 'noise24' | 'tone' | 'silence' | 'file';
  readonly samples: number;
  readonly seed?: number;
  readonly first?: number;
  readonly factor?: number;
  readonly gain?: number;
  readonly file?: string;
}

export const rate = 16_000;

export async function signal(recipe: Recipe): Promise<Float32Array> {
  const { kind, samples, seed = 1 } = recipe;
  switch (kind) {
    case 'noise':
      return noise(samples, seed);
    case 'noise16':
      return integers(samples, seed, 16).map((value) => value / 2 ** 15);
    case 'noise24':
      return integers(samples, seed, 24).map((value) => value / 2 ** 23);
    case 'tone':
      return tone(recipe as Required<Recipe>);
    case 'silence':
      return new Float32Array(samples);
    case 'file':
      return (await decode(fixture(recipe.file as string), { sampleRate: rate })).data;
  }
}

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** White noise whose loudness changes every 0.1 s. */
export function noise(samples: number, seed = 1): Float32Array {
  return integers(samples, seed, 16).map((value, i) => (value * ((Math.floor(i / 1600) % 7) + 1)) / 2 ** 18);
}

function integers(samples: number, seed: number, bits: number): Float32Array {
  const values = new Float32Array(samples);
  let state = seed;
  for (let i = 0; i < samples; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values[i] = (state >>> (32 - bits)) - 2 ** (bits - 1);
  }
  return values;
}

function tone({ samples, first, factor, gain }: Required<Recipe>): Float32Array {
  const values = new Float32Array(samples);
  let [before, now] = [0, first];
  for (let i = 0; i < samples; i++) {
    values[i] = before * gain;
    [before, now] = [now, factor * now - before];
  }
  return values;
}
