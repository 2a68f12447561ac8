/** The spectrum of audio over time, for a picture: what is measured is made by the service. */

/** 32 ms at 16 kHz, as is usual for speech. */
export const windowSize = 512;
/** Padded with zeros, so that there are as many rows as a screen has. */
const size = 1024;
export const bins = size / 2 + 1;
/** Of a long clip, so many moments of each column are looked at; the loudest counts. */
const mostMoments = 4;
/** Milliseconds after which the page may do something else. */
const slice = 12;

const hann = Float64Array.from({ length: windowSize }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / windowSize));
/** A sine of full scale is 0 dB: its peak is half the sum of the window. */
const scale = (2 / hann.reduce((sum, each) => sum + each, 0)) ** 2;
const cosines = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
const sines = Float64Array.from({ length: size / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / size));
const reversed = Uint16Array.from({ length: size }, (_, i) => {
  let mirror = 0;
  for (let bit = 1; bit < size; bit *= 2) mirror = mirror * 2 + (i & bit ? 1 : 0);
  return mirror;
});
const real = new Float64Array(size);
const imaginary = new Float64Array(size);

/** Cooley and Tukey's FFT of radix 2, in place. Its input is in bit-reversed order. */
function transform() {
  for (let half = 1, stride = size / 2; half < size; half *= 2, stride /= 2) {
    for (let start = 0; start < size; start += 2 * half) {
      for (let i = start, turn = 0; i < start + half; i++, turn += stride) {
        const j = i + half;
        const re = real[j] * cosines[turn] + imaginary[j] * sines[turn];
        const im = imaginary[j] * cosines[turn] - real[j] * sines[turn];
        real[j] = real[i] - re;
        imaginary[j] = imaginary[i] - im;
        real[i] += re;
        imaginary[i] += im;
      }
    }
  }
}

/** Raises `levels` (dB, `bins` of them) to the spectrum of the window around a sample. */
export function raise(levels, samples, centre) {
  const start = Math.round(centre) - windowSize / 2;
  real.fill(0);
  imaginary.fill(0);
  for (let i = 0; i < windowSize; i++) real[reversed[i]] = hann[i] * (samples[start + i] ?? 0);
  transform();
  for (let bin = 0; bin < bins; bin++) {
    const power = scale * (real[bin] ** 2 + imaginary[bin] ** 2);
    levels[bin] = Math.max(levels[bin], 10 * Math.log10(power + 1e-20));
  }
}

/** A spectrogram of so many columns: dB, column after column, from low to high. The page stays alive meanwhile. */
export async function spectrogram(samples, columns, signal) {
  const levels = new Float32Array(columns * bins).fill(-200);
  const step = samples.length / columns;
  const moments = Math.min(mostMoments, Math.max(1, Math.ceil(step / windowSize)));
  let paused = performance.now();
  for (let column = 0; column < columns; column++) {
    const part = levels.subarray(column * bins, (column + 1) * bins);
    for (let moment = 0; moment < moments; moment++) raise(part, samples, (column + (moment + 0.5) / moments) * step);
    if (performance.now() - paused > slice) {
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
      paused = performance.now();
    }
  }
  return levels;
}
