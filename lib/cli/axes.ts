import type { SKRSContext2D } from '@napi-rs/canvas';

/** A rectangle of pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What d3-scale's scales have in common, as far as axes need it: data to pixels, and where to put ticks. */
export interface Scale {
  (value: number): number;
  ticks(count?: number): number[];
}

export interface Axis {
  readonly scale: Scale;
  readonly title?: string;
  readonly ticks?: readonly number[];
  readonly label?: (value: number) => string;
}

export const ink = '#1f1f28';
const faint = '#6b6b78';
export const font = (size: number, weight: 'normal' | 'bold' = 'normal') =>
  `${weight === 'bold' ? 'bold ' : ''}${size}px "DejaVu Sans", "Noto Sans", "Liberation Sans", Arial, sans-serif`;

const tickLength = 5;

/** Ticks and labels below an area, its title below them. */
export function bottomAxis(context: SKRSContext2D, area: Area, axis: Axis): void {
  const y = area.y + area.height;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const value of axis.ticks ?? axis.scale.ticks(10)) {
    const x = axis.scale(value);
    line(context, x, y, x, y + tickLength);
    text(context, axis.label?.(value) ?? String(value), x, y + tickLength + 4);
  }
  if (axis.title) text(context, axis.title, area.x + area.width / 2, y + 30, ink);
}

/** Ticks and labels left of an area, its title, turned, left of them. */
export function leftAxis(context: SKRSContext2D, area: Area, axis: Axis): void {
  verticalTicks(context, area.x, -1, axis);
  if (axis.title) turnedTitle(context, axis.title, area.x - 58, area.y + area.height / 2);
}

/** The same on the right, for a colour bar. */
export function rightAxis(context: SKRSContext2D, area: Area, axis: Axis): void {
  verticalTicks(context, area.x + area.width, 1, axis);
  if (axis.title) turnedTitle(context, axis.title, area.x + area.width + 60, area.y + area.height / 2);
}

export function frame(context: SKRSContext2D, area: Area): void {
  context.strokeStyle = faint;
  context.lineWidth = 1;
  context.strokeRect(area.x - 0.5, area.y - 0.5, area.width + 1, area.height + 1);
}

function verticalTicks(context: SKRSContext2D, x: number, direction: -1 | 1, axis: Axis): void {
  context.textAlign = direction < 0 ? 'right' : 'left';
  context.textBaseline = 'middle';
  for (const value of axis.ticks ?? axis.scale.ticks(5)) {
    const y = axis.scale(value);
    line(context, x, y, x + direction * tickLength, y);
    text(context, axis.label?.(value) ?? String(value), x + direction * (tickLength + 4), y);
  }
}

function turnedTitle(context: SKRSContext2D, title: string, x: number, y: number): void {
  context.save();
  context.translate(x, y);
  context.rotate(-Math.PI / 2);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  text(context, title, 0, 0, ink);
  context.restore();
}

function line(context: SKRSContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.strokeStyle = faint;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
  context.stroke();
}

function text(context: SKRSContext2D, content: string, x: number, y: number, colour = faint): void {
  context.font = font(13);
  context.fillStyle = colour;
  context.fillText(content, x, y);
}
