/** A signal condensed to a few columns: of each its lowest and highest sample and its root mean square. */
export interface Waveform {
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly rms: Float32Array;
}

export function waveform(samples: Float32Array, columns: number): Waveform {
  const low = new Float32Array(columns);
  const high = new Float32Array(columns);
  const rms = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    const start = Math.floor((column * samples.length) / columns);
    const end = Math.max(start + 1, Math.floor(((column + 1) * samples.length) / columns));
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let energy = 0;
    for (let i = start; i < end; i++) {
      const sample = samples[i] as number;
      if (sample < min) min = sample;
      if (sample > max) max = sample;
      energy += sample * sample;
    }
    low[column] = min;
    high[column] = max;
    rms[column] = Math.sqrt(energy / (end - start));
  }
  return { low, high, rms };
}
