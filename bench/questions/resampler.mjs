/**
 * What does the resampler do near the new Nyquist frequency? Tones of −6 dBFS at 44.1 kHz go to 16 kHz.
 * Below 8 kHz a tone should keep its level; above it nothing should be left, and what is left has
 * folded down to where speech is.
 */
import { TONES } from '../inputs.mjs';

const AMPLITUDE = 0.5;
const RATE = 16_000;

/** In the contender's process: dB relative to the tone, over the middle, without what the edges ring. */
export async function inside({ decode, bytes, path }, { hertz }) {
  const samples = await decode(bytes, path);
  const middle = samples.subarray(RATE / 4, samples.length - RATE / 4);
  const left = hertz < RATE / 2 ? amplitudeAt(middle, hertz) : Math.SQRT2 * rms(middle);
  return { decibels: Math.max(-200, 20 * Math.log10(left / AMPLITUDE)) };
}

/** @param {Float32Array} samples */
const rms = (samples) => Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

/** One bin of a Hann-windowed Fourier transform. @param {Float32Array} samples @param {number} hertz */
function amplitudeAt(samples, hertz) {
  let [real, imaginary, weights] = [0, 0, 0];
  samples.forEach((sample, i) => {
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / samples.length);
    const phase = (2 * Math.PI * hertz * i) / RATE;
    real += weight * sample * Math.cos(phase);
    imaginary += weight * sample * Math.sin(phase);
    weights += weight;
  });
  return (2 * Math.hypot(real, imaginary)) / weights;
}

/** @param {{contenders: any[], files: Record<string, any>, progress: (text: string) => void}} run */
export async function measure({ contenders, files, progress }) {
  const rows = TONES.map((hertz) => ({ hertz, cells: /** @type {any[]} */ ([]) }));
  for (const contender of contenders.filter(({ entry }) => entry.kind !== 'floor')) {
    for (const { hertz, cells } of rows) {
      progress(`tone of ${hertz} Hz: ${contender.name}`);
      const cell = { contender: contender.name, kind: contender.entry.kind };
      try {
        if (contender.missing !== undefined) throw new Error(contender.missing);
        await contender.open(files[`tone-${hertz}.wav`].path);
        cells.push({ ...cell, ...(await contender.ask('resampler', { hertz }, 60)) });
      } catch (error) {
        cells.push({ ...cell, failed: /** @type {Error} */ (error).message });
      }
    }
  }
  return rows;
}
