import type { SKRSContext2D } from '@napi-rs/canvas';
import { type Area, frame, rightAxis } from './axes.js';
import type { Drawing } from './drawing.js';

/** Values of the darkest and the lightest colour. */
export interface ColourRange {
  readonly low: number;
  readonly high: number;
}

/** One value for each pixel of the area, row after row, in colours. */
export function paintValues(
  context: SKRSContext2D,
  drawing: Drawing,
  values: Float32Array,
  area: Area,
  { low, high }: ColourRange,
): void {
  const colours = Array.from({ length: 256 }, (_, i) => rgb(drawing.palette(i / 255)));
  const image = context.createImageData(area.width, area.height);
  values.forEach((value, i) => {
    const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
    image.data.set(colours[Math.round(share * 255)] ?? [0, 0, 0], i * 4);
    image.data[i * 4 + 3] = 255;
  });
  context.putImageData(image, area.x, area.y);
  frame(context, area);
}

/** `#rrggbb`, which is what d3's tabulated palettes give. */
function rgb(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** What the colours of the area mean, right of it. */
export function colourBar(
  context: SKRSContext2D,
  drawing: Drawing,
  { x, y, width, height }: Area,
  { low, high }: ColourRange,
  title: string,
): void {
  const area: Area = { x: x + width + 18, y, width: 16, height };
  for (let row = 0; row < height; row++) {
    context.fillStyle = drawing.palette(1 - row / (height - 1));
    context.fillRect(area.x, area.y + row, area.width, 1);
  }
  frame(context, area);
  const scale = drawing.scaleLinear([low, high], [area.y + area.height, area.y]);
  rightAxis(context, area, { scale, count: 9, label: scale.tickFormat(9), title });
}
