export interface SpectrogramOptions {
  /** Hz. */
  readonly sampleRate: number;
  /** Pixels. */
  readonly columns: number;
  readonly rows: number;
  /** Hz at the bottom and at the top edge; rows lie between them in equal ratios (`log`) or differences. */
  readonly lowest: number;
  readonly highest: number;
  readonly scale: 'log' | 'linear';
  /** Magnitudes of the lower half of the spectrum; 1 for a cosine of amplitude 1. */
  readonly spectrum: (frame: Float64Array) => Float64Array;
}

/** About this long: enough to part the harmonics of a voice, short enough for its syllables. */
const windowSeconds = 0.085;
/** Of a column that is wider than one window, at most this many windows, evenly spread, are averaged. */
const windowsPerColumn = 8;
/** −200 dB, below any sound: what silence is drawn as. */
const floor = 1e-20;

/** Levels in dB (0 dB = a sine of amplitude 1), `[rows, columns]`, the highest frequency first. */
export function spectrogram(samples: Float32Array, options: SpectrogramOptions): Float32Array {
  const { sampleRate, columns, rows, spectrum } = options;
  const size = 2 ** Math.round(Math.log2(windowSeconds * sampleRate));
  const window = hann(size);
  const frame = new Float64Array(size);
  const power = new Float64Array(size / 2);
  const bands = frequencyBands(options, sampleRate / size);
  const image = new Float32Array(rows * columns);
  const samplesPerColumn = samples.length / columns;
  const windows = Math.min(windowsPerColumn, Math.max(1, Math.round((2 * samplesPerColumn) / size)));

  for (let column = 0; column < columns; column++) {
    power.fill(0);
    for (let i = 0; i < windows; i++) {
      const centre = (column + (i + 0.5) / windows) * samplesPerColumn;
      cut(samples, Math.round(centre - size / 2), window, frame);
      const magnitudes = spectrum(frame);
      for (let bin = 0; bin < power.length; bin++) {
        power[bin] = (power[bin] ?? 0) + (magnitudes[bin] ?? 0) ** 2 / windows;
      }
    }
    bands.forEach((band, row) => {
      image[row * columns + column] = 10 * Math.log10(Math.max(floor, levelOf(band, power)));
    });
  }
  return image;
}

/** Hann window that leaves a sine its amplitude: divided by its mean of one half. */
function hann(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => 1 - Math.cos((2 * Math.PI * i) / size));
}

/** The samples from `start`, windowed; silence beyond both ends. */
function cut(samples: Float32Array, start: number, window: Float64Array, frame: Float64Array): void {
  for (let i = 0; i < frame.length; i++) frame[i] = (samples[start + i] ?? 0) * (window[i] ?? 0);
}

/** Positions in the spectrum, in bins, of the lower and upper edge of one row. */
interface Band {
  readonly from: number;
  readonly to: number;
}

function frequencyBands({ rows, lowest, highest, scale }: SpectrogramOptions, hertzPerBin: number): Band[] {
  const hertz = (share: number) =>
    scale === 'log' ? lowest * (highest / lowest) ** share : lowest + (highest - lowest) * share;
  const edge = (row: number) => hertz(1 - row / rows) / hertzPerBin;
  return Array.from({ length: rows }, (_, row) => ({ from: edge(row + 1), to: edge(row) }));
}

/**
 * High rows span many bins: the strongest counts, so that a tone stays visible. Low rows lie between two: interpolated.
 */
function levelOf({ from, to }: Band, power: Float64Array): number {
  const first = Math.ceil(from);
  if (first >= to) {
    const middle = (from + to) / 2;
    const below = Math.floor(middle);
    const share = middle - below;
    return at(power, below) * (1 - share) + at(power, below + 1) * share;
  }
  let strongest = 0;
  for (let bin = first; bin < to; bin++) strongest = Math.max(strongest, at(power, bin));
  return strongest;
}

/** The spectrum ends one bin below half the sample rate; its last bin stands for that one too. */
function at(power: Float64Array, bin: number): number {
  return power[Math.min(bin, power.length - 1)] ?? 0;
}
