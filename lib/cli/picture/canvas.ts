import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import { type Area, font, ink } from './axes.js';
import type { Drawing } from './drawing.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface PictureOptions extends Size {
  readonly title: string;
  readonly subtitle: string;
}

/** White, with its title; and what is left of it for data, between the labels of the axes. */
export function blankPicture(
  drawing: Drawing,
  { width, height, title, subtitle }: PictureOptions,
): { canvas: Canvas; context: SKRSContext2D; area: Area } {
  const canvas = drawing.createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  const area: Area = { x: 84, y: 78, width: width - 84 - 128, height: height - 78 - 66 };
  const room = width - area.x - 24;
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  context.fillStyle = ink;
  context.font = font(20, 'bold');
  context.fillText(title, area.x, 36, room);
  context.font = font(14);
  context.fillStyle = '#55555f';
  context.fillText(subtitle, area.x, 60, room);
  return { canvas, context, area };
}

/** `500`, `2k`: for the ticks of an axis. */
export function hertzLabel(hertz: number): string {
  return hertz < 1000 ? String(hertz) : `${Number((hertz / 1000).toFixed(2))}k`;
}
