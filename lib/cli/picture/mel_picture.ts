import type { FeatureSpec } from '../../features/index.js';
import { hertzToMel } from '../../features/inner.js';
import { bottomAxis, leftAxis } from './axes.js';
import { blankPicture, hertzLabel, type PictureOptions } from './canvas.js';
import type { Drawing } from './drawing.js';
import { type ColourRange, colourBar, paintValues } from './heatmap.js';

/** Log-mel features of one clip. */
export interface MelFeatures {
  /** `[mels, width]`. */
  readonly values: Float32Array;
  /** Columns, of which the first `frames` hold audio. */
  readonly width: number;
  readonly frames: number;
}

const tickHertz = [250, 500, 1000, 2000, 4000, 8000, 16_000];

/** The frames that hold audio, over time and frequency, as PNG: what a model sees of a clip. */
export async function melPicture(
  drawing: Drawing,
  features: MelFeatures,
  spec: FeatureSpec,
  options: PictureOptions,
): Promise<Buffer> {
  const { canvas, context, area } = blankPicture(drawing, options);
  const pixels = resized(features, spec.mels, area.width, area.height);
  const range = rangeOf(pixels, spec);
  paintValues(context, drawing, pixels, area, range);
  colourBar(context, drawing, area, range, 'Feature value');

  const seconds = (features.frames * spec.hopLength) / spec.sampleRate;
  const time = drawing.scaleLinear([0, seconds], [area.x, area.x + area.width]);
  bottomAxis(context, area, { scale: time, label: time.tickFormat(10, '~r'), title: 'Time (s)' });
  // The outer edges of the lowest and highest filter are half a row beyond the middle of their rows.
  const [lowest, highest] = [hertzToMel(spec.minFrequency), hertzToMel(spec.maxFrequency)];
  const halfRow = (highest - lowest) / (spec.mels + 1) / 2;
  const mel = drawing.scaleLinear([lowest + halfRow, highest - halfRow], [area.y + area.height, area.y]).clamp(true);
  const scale = Object.assign((hertz: number) => mel(hertzToMel(hertz)), {
    ticks: () => tickHertz.filter((hertz) => hertz <= spec.maxFrequency),
  });
  leftAxis(context, area, { scale, label: hertzLabel, title: 'Frequency (Hz, mel scale)' });
  return canvas.encode('png');
}

/** One value for each pixel, the highest frequency first: the mean of the frames that share a column. */
function resized({ values, width, frames }: MelFeatures, mels: number, columns: number, rows: number): Float32Array {
  const pixels = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    const mel = Math.floor(((rows - 1 - row) * mels) / rows);
    for (let column = 0; column < columns; column++) {
      const first = Math.floor((column * frames) / columns);
      const end = Math.max(first + 1, Math.floor(((column + 1) * frames) / columns));
      let sum = 0;
      for (let i = first; i < end; i++) sum += values[mel * width + i] ?? 0;
      pixels[row * columns + column] = sum / (end - first);
    }
  }
  return pixels;
}

/** From the greatest value down by all that the features keep. */
function rangeOf(pixels: Float32Array, { range, scale }: FeatureSpec): ColourRange {
  let high = Number.NEGATIVE_INFINITY;
  for (const pixel of pixels) if (pixel > high) high = pixel;
  return { low: high - range / scale, high };
}
