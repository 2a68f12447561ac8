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
  /** Labels to choose from; else the scale chooses, up to `count`. */
  readonly ticks?: readonly number[];
  readonly count?: number;
  readonly label?: (value: number) => string;
}

export const ink = '#1f1f28';
const faint = '#6b6b78';
export const font = (size: number, weight: 'normal' | 'bold' = 'normal') =>
  `${weight === 'bold' ? 'bold ' : ''}${size}px "DejaVu Sans", "Noto Sans", "Liberation Sans", Arial, sans-serif`;

const tickLength = 5;
const labelSize = 13;
/** Pixels that a label keeps free on either side. */
const gap = 4;

interface Label {
  readonly label: string;
  readonly at: number;
}

/** The labels that have room beside each other: fewer where a scale can have fewer, else those that fit. */
function labelsWithRoom(axis: Axis, most: number, half: (label: string) => number): Label[] {
  const labelsOf = (ticks: readonly number[]): Label[] =>
    ticks.map((value) => ({ label: axis.label?.(value) ?? String(value), at: axis.scale(value) }));
  if (axis.ticks) return fitting(labelsOf(axis.ticks), half);
  for (let count = most; count > 1; count--) {
    const labels = labelsOf(axis.scale.ticks(count));
    if (fitting(labels, half).length === labels.length) return labels;
  }
  return fitting(labelsOf(axis.scale.ticks(1)), half);
}

function fitting(labels: readonly Label[], half: (label: string) => number): Label[] {
  const kept: Label[] = [];
  for (const each of labels) {
    const before = kept.at(-1);
    if (!before || Math.abs(each.at - before.at) >= half(each.label) + half(before.label)) kept.push(each);
  }
  return kept;
}

/** Ticks and labels below an area, its title below them. */
export function bottomAxis(context: SKRSContext2D, area: Area, axis: Axis): void {
  const y = area.y + area.height;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.font = font(labelSize);
  const halfWidth = (label: string) => context.measureText(label).width / 2 + gap;
  for (const { label, at: x } of labelsWithRoom(axis, axis.count ?? 10, halfWidth)) {
    line(context, x, y, x, y + tickLength);
    text(context, label, x, y + tickLength + 4);
  }
  if (axis.title) text(context, axis.title, area.x + area.width / 2, y + 30, ink);
}

/** Ticks and labels left of an area, its title, turned, left of them. */
export function leftAxis(context: SKRSContext2D, area: Area, axis: Axis): void {
  verticalTicks(context, area.x, -1, axis);
  if (axis.title) turnedTitle(context, area, axis.title, area.x - 58);
}

/** The same on the right, for a colour bar. */
export function rightAxis(context: SKRSContext2D, area: Area, axis: Axis): void {
  verticalTicks(context, area.x + area.width, 1, axis);
  if (axis.title) turnedTitle(context, area, axis.title, area.x + area.width + 60);
}

export function frame(context: SKRSContext2D, area: Area): void {
  context.strokeStyle = faint;
  context.lineWidth = 1;
  context.strokeRect(area.x - 0.5, area.y - 0.5, area.width + 1, area.height + 1);
}

function verticalTicks(context: SKRSContext2D, x: number, direction: -1 | 1, axis: Axis): void {
  context.textAlign = direction < 0 ? 'right' : 'left';
  context.textBaseline = 'middle';
  for (const { label, at: y } of labelsWithRoom(axis, axis.count ?? 5, () => labelSize / 2 + 1)) {
    line(context, x, y, x + direction * tickLength, y);
    text(context, label, x + direction * (tickLength + 4), y);
  }
}

/** Beside an area; not where it would stand beside its neighbours, too. */
function turnedTitle(context: SKRSContext2D, { y, height }: Area, title: string, x: number): void {
  context.font = font(labelSize);
  if (context.measureText(title).width > height) return;
  context.save();
  context.translate(x, y + height / 2);
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
  context.font = font(labelSize);
  context.fillStyle = colour;
  context.fillText(content, x, y);
}
