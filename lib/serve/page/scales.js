/** Numbers and scales in words. */

export function seconds(value) {
  if (value < 60) return `${value.toFixed(2)} s`;
  return `${Math.floor(value / 60)}:${(value % 60).toFixed(1).padStart(4, '0')} min`;
}

export function hertz(value) {
  return value < 1000 ? `${Math.round(value)} Hz` : `${Number((value / 1000).toFixed(2))} kHz`;
}

export function milliseconds(value) {
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
}

export function bytes(value) {
  if (value < 1000) return `${value} bytes`;
  const [amount, unit] = value < 1e6 ? [value / 1e3, 'kB'] : [value / 1e6, 'MB'];
  return `${amount.toFixed(amount < 100 ? 1 : 0)} ${unit}`;
}

export const whole = (value) => value.toLocaleString('en').replaceAll(',', ' ');

export function channels(count) {
  return ['none', 'mono', 'stereo'][count] ?? `${count} channels`;
}

/** Marks of a time axis: so many at most, at round times. `at` is from 0 to 1. */
export function timeMarks(duration, most) {
  const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];
  const step = steps.find((each) => duration / each <= most) ?? duration;
  const text = (time) => {
    if (duration < 60) return `${Number(time.toFixed(2))} s`;
    return `${Math.floor(time / 60)}:${String(Math.round(time % 60)).padStart(2, '0')}`;
  };
  return Array.from({ length: Math.floor(duration / step) + 1 }, (_, i) => ({
    at: (i * step) / duration,
    text: text(i * step),
  }));
}

/** Marks of a linear frequency axis, each 2 kHz. */
export function frequencyMarks(highest) {
  return Array.from({ length: Math.floor(highest / 2000) + 1 }, (_, i) => ({
    at: (i * 2000) / highest,
    text: hertz(i * 2000),
  }));
}

/** Slaney's mel scale, which Whisper uses: linear below 1 kHz, logarithmic above. */
const linear = 1000 / 15;
const perMel = Math.log(6.4) / 27;
const melOf = (frequency) => (frequency < 1000 ? frequency / linear : 15 + Math.log(frequency / 1000) / perMel);
const frequencyOf = (mel) => (mel < 15 ? mel * linear : 1000 * Math.exp((mel - 15) * perMel));
const highestMel = melOf(8000);

/** Hz in the middle of a mel filter. */
export function melCentre(filter, filters) {
  return frequencyOf(((filter + 1) * highestMel) / (filters + 1));
}

export function melMarks() {
  return [250, 500, 1000, 2000, 4000].map((frequency) => ({
    at: melOf(frequency) / highestMel,
    text: hertz(frequency),
  }));
}
