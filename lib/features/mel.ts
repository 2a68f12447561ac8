import type { FeatureSpec } from './spec.js';

/** Slaney's scale is linear below 1 kHz (3 mels for 200 Hz), and logarithmic above (27 mels for a factor of 6.4). */
const linear = 3 / 200;
const knee = 1000;
const kneeMel = knee * linear;
const logarithmic = 27 / Math.log(6.4);

/** Mels on Slaney's scale. */
export function hertzToMel(hertz: number): number {
  return hertz < knee ? hertz * linear : kneeMel + logarithmic * Math.log(hertz / knee);
}

function melToHertz(mel: number): number {
  return mel < kneeMel ? mel / linear : knee * Math.exp((mel - kneeMel) / logarithmic);
}

/**
 * Triangular filters of equal area (Slaney's norm), float64, shape `[mels, nFft / 2 + 1]`: `librosa.filters.mel`, and
 * transformers' `mel_filter_bank(norm="slaney", mel_scale="slaney")`.
 */
export function melFilters({ sampleRate, nFft, mels, minFrequency, maxFrequency }: FeatureSpec): Float64Array {
  const bins = nFft / 2 + 1;
  const low = hertzToMel(minFrequency);
  const step = (hertzToMel(maxFrequency) - low) / (mels + 1);
  const edges = Float64Array.from({ length: mels + 2 }, (_, i) => melToHertz(low + i * step));
  const filters = new Float64Array(mels * bins);
  for (let mel = 0; mel < mels; mel++) {
    const [left, centre, right] = edges.subarray(mel, mel + 3) as unknown as [number, number, number];
    for (let bin = 0; bin < bins; bin++) {
      const frequency = (bin * sampleRate) / nFft;
      const height = Math.min((frequency - left) / (centre - left), (right - frequency) / (right - centre));
      if (height > 0) filters[mel * bins + bin] = (height * 2) / (right - left);
    }
  }
  return filters;
}

/** The periodic Hann window of `length` samples, float64. */
export function hannWindow(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length));
}
