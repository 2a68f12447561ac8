import { palette } from './colours.js';

/** As many pixels as the screen has below it. */
export function fit(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
  canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
}

/** From the least to the greatest sample of each column. Full scale is the height. */
export function paintWave(canvas, samples) {
  const context = canvas.getContext('2d');
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(canvas).color;
  const y = (sample) => ((1 - Math.min(Math.max(sample, -1), 1)) / 2) * height;
  for (let column = 0; column < width; column++) {
    const [least, greatest] = extremes(samples, column / width, (column + 1) / width);
    const top = y(greatest);
    context.fillRect(column, top, 1, Math.max(1, y(least) - top));
  }
}

/** The least and the greatest sample of a part, whose ends are from 0 to 1. */
export function extremes(samples, from, to) {
  const start = Math.min(Math.floor(from * samples.length), samples.length - 1);
  const end = Math.max(start + 1, Math.floor(to * samples.length));
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) {
    const sample = samples[i];
    if (sample < least) least = sample;
    if (sample > greatest) greatest = sample;
  }
  return [least, greatest];
}

/** Levels in colours. `level(column, row)` has row 0 at the bottom. */
export function paintLevels(canvas, { columns, rows, level, low, high }) {
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const place = (level(column, rows - 1 - row) - low) / (high - low);
      pixels[at] = palette[Math.round(255 * Math.min(Math.max(place, 0), 1))];
    }
  }
  const small = new OffscreenCanvas(columns, rows);
  small.getContext('2d').putImageData(image, 0, 0);
  const context = canvas.getContext('2d');
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}
