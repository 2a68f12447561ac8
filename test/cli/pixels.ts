import { readFileSync } from 'node:fs';
import { createCanvas, loadImage } from '@napi-rs/canvas';

/** A picture, as pixels of red, green and blue. */
export async function pixels(path: string) {
  const image = await loadImage(readFileSync(path));
  const { width, height } = image;
  const context = createCanvas(width, height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return {
    width,
    height,
    at: (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)],
  };
}

export const brightness = (rgb: readonly number[]) => rgb.reduce((sum, part) => sum + part, 0);
