import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { type ExtractOptions, FeatureExtractor } from '../../dist/features/index.js';
import { fixture, type Recipe, rate, signal } from './signals.js';

/** Against transformers, by the goldens of tools/export/make_feature_goldens.py. */

interface Golden {
  readonly name: string;
  readonly clips: readonly Recipe[];
  readonly mels: 80 | 128;
  readonly options: ExtractOptions;
  readonly shape: readonly [number, number, number];
  readonly valid: readonly number[];
  readonly golden: string;
  /** Of each clip, the frames that the golden holds, each with all of its mel bins. */
  readonly frames: readonly (readonly number[])[];
}

const { goldens } = JSON.parse(readFileSync(fixture('features/index.json'), 'utf8')) as { goldens: Golden[] };

/** Measured: 2.4e-7. A float32 near 2 has a neighbour at that distance. */
const tolerance = 5e-7;

describe.each(['native', 'cpu'] as const)('%s', (provider) => {
  const extractors = {
    80: FeatureExtractor.whisper({ mels: 80, provider }),
    128: FeatureExtractor.whisper({ mels: 128, provider }),
  };
  afterAll(() => Promise.all([extractors[80].close(), extractors[128].close()]));

  test.each(goldens)('$name', async ({ clips, mels, options, shape, valid, golden, frames }) => {
    const audio = await Promise.all(clips.map(async (clip) => ({ data: await signal(clip), sampleRate: rate })));
    const features = await extractors[mels].extract(audio, options);

    expect(features.inputFeatures).toMatchObject({ shape, dtype: 'float32' });
    const expected = golden32(golden);
    const actual = picked(features.inputFeatures.data, shape, frames);
    expect(actual.length).toBe(expected.length);
    expect(greatestDifference(actual, expected)).toBeLessThanOrEqual(tolerance);

    const [, , width] = shape;
    expect(features.frames).toEqual(valid);
    expect(features.featureAttentionMask).toMatchObject({ shape: [clips.length, width], dtype: 'int32' });
    const mask = valid.flatMap((count) => Array.from({ length: width }, (_, frame) => (frame < count ? 1 : 0)));
    expect([...features.featureAttentionMask.data]).toEqual(mask);
  });
});

function golden32(file: string): Float32Array {
  const bytes = gunzipSync(readFileSync(fixture(`features/${file}`)));
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function picked(features: Float32Array, [, mels, width]: Golden['shape'], frames: Golden['frames']): number[] {
  return frames.flatMap((each, clip) =>
    each.flatMap((frame) =>
      Array.from({ length: mels }, (_, mel) => features[(clip * mels + mel) * width + frame] as number),
    ),
  );
}

function greatestDifference(actual: readonly number[], expected: Float32Array): number {
  return actual.reduce((greatest, value, i) => Math.max(greatest, Math.abs(value - (expected[i] as number))), 0);
}
