import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type DecodeOptions, decode } from '../../dist/index.js';

/**
 * Cochlea against results of librosa, python-soxr and the ffmpeg command, sample by sample.
 * tools/goldens/make_goldens.py makes them; the index says which oracle, how close, and why.
 */
interface Golden {
  readonly source: string;
  readonly options: DecodeOptions;
  readonly golden: string;
  readonly shape: number[];
  readonly tolerance: number;
  readonly reason: string;
  readonly oracle: string;
}

const folder = fileURLToPath(new URL('../goldens/', import.meta.url));
const { goldens } = JSON.parse(readFileSync(`${folder}index.json`, 'utf8')) as { goldens: Golden[] };

function load(file: string): Float32Array {
  const bytes = gunzipSync(readFileSync(folder + file));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Largest distance; two different bit patterns never count as equal at tolerance 0. */
function distance(a: Float32Array, b: Float32Array, tolerance: number): number {
  if (tolerance === 0) return Buffer.compare(bytesOf(a), bytesOf(b)) === 0 ? 0 : largest(a, b) || Number.MIN_VALUE;
  return largest(a, b);
}

function bytesOf(samples: Float32Array): Uint8Array {
  // -0 and 0 are the same sample.
  return new Uint8Array(samples.map((sample) => sample + 0).buffer);
}

function largest(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] as number) - (b[i] as number)));
  return most;
}

const oracles = new Set(goldens.map(({ oracle }) => oracle));

describe.each([...oracles])('as %s', (oracle) => {
  const cases = goldens.filter((golden) => golden.oracle === oracle);
  test.each(
    cases.map((each) => [`${each.source} ${JSON.stringify(each.options)} within ${each.tolerance}`, each] as const),
  )('%s', async (_, { source, options, golden, shape, tolerance }) => {
    const audio = await decode(folder + source, options);
    expect(audio.shape).toEqual(shape);
    const expected = load(golden);
    expect(audio.data.length).toBe(expected.length);
    expect(distance(audio.data, expected, tolerance)).toBeLessThanOrEqual(tolerance);
  });
});
