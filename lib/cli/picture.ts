import type { SKRSContext2D } from '@napi-rs/canvas';
import type { DecodedAudio } from '../index.js';
import { type Area, bottomAxis, font, frame, ink, leftAxis, rightAxis, type Scale } from './axes.js';
import { channelsOf, meanOf } from './channels.js';
import type { Drawing } from './drawing.js';
import { spectrogram } from './spectrogram.js';
import { waveform } from './waveform.js';

export interface PictureOptions {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly subtitle: string;
}

/** dB between the darkest and the lightest colour. */
const dynamicRange = 90;
const lowestHertz = 50;
/** More channels than these are drawn as their mean. */
const mostLanes = 2;

/** Waveform above, spectrogram below, over one time axis, as PNG. */
export async function picture(drawing: Drawing, audio: DecodedAudio, options: PictureOptions): Promise<Buffer> {
  const { width, height } = options;
  const canvas = drawing.createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  drawTitle(context, options);

  const inner = { x: 84, width: width - 84 - 128 };
  const upper: Area = { ...inner, y: 78, height: Math.round((height - 78 - 66) * 0.3) };
  const lower: Area = { ...inner, y: upper.y + upper.height + 16, height: height - 66 - (upper.y + upper.height + 16) };
  const time = drawing.scaleLinear([0, audio.duration], [inner.x, inner.x + inner.width]);

  drawWaveforms(context, drawing, audio, upper);
  drawSpectrogram(context, drawing, audio, lower);
  bottomAxis(context, lower, { scale: time, label: time.tickFormat(10, '~r'), title: 'Time (s)' });
  return canvas.encode('png');
}

function drawTitle(context: SKRSContext2D, { title, subtitle, width }: PictureOptions): void {
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  context.fillStyle = ink;
  context.font = font(20, 'bold');
  context.fillText(title, 84, 36, width - 84 - 24);
  context.font = font(14);
  context.fillStyle = '#55555f';
  context.fillText(subtitle, 84, 60, width - 84 - 24);
}

function drawWaveforms(context: SKRSContext2D, drawing: Drawing, audio: DecodedAudio, area: Area): void {
  const lanes = audio.channels <= mostLanes ? channelsOf(audio) : [meanOf(audio)];
  const waves = lanes.map((samples) => waveform(samples, area.width));
  // Silence is drawn on the full scale, a quiet recording is enlarged so that it can be seen.
  const loudest = Math.max(...waves.flatMap(({ low, high }) => [Math.max(...high), -Math.min(...low)]));
  const limit = loudest > 0 ? Math.max(loudest * 1.05, 1e-4) : 1;
  const gap = 8;
  const laneHeight = Math.floor((area.height - gap * (waves.length - 1)) / waves.length);

  waves.forEach((wave, i) => {
    const lane: Area = { ...area, y: area.y + i * (laneHeight + gap), height: laneHeight };
    const scale = drawing.scaleLinear([-limit, limit], [lane.y + lane.height, lane.y]);
    columnBars(context, lane, wave.low, wave.high, scale, drawing.palette(0.55));
    columnBars(
      context,
      lane,
      wave.rms.map((value) => -value),
      wave.rms,
      scale,
      drawing.palette(0.3),
    );
    frame(context, lane);
    const names = waves.length === 2 ? ['Left', 'Right'] : [audio.channels > 1 ? 'Mean' : 'Amplitude'];
    const count = waves.length === 1 ? 5 : 3;
    leftAxis(context, lane, {
      scale,
      ticks: scale.ticks(count),
      label: scale.tickFormat(count, '~r'),
      title: names[i] ?? '',
    });
  });
}

function columnBars(
  context: SKRSContext2D,
  area: Area,
  low: Float32Array,
  high: Float32Array,
  scale: Scale,
  colour: string,
): void {
  context.fillStyle = colour;
  for (let column = 0; column < area.width; column++) {
    const top = scale(high[column] ?? 0);
    context.fillRect(area.x + column, top - 0.5, 1, scale(low[column] ?? 0) - top + 1);
  }
}

function drawSpectrogram(context: SKRSContext2D, drawing: Drawing, audio: DecodedAudio, area: Area): void {
  const { sampleRate } = audio;
  const highest = sampleRate / 2;
  const levels = spectrogram(meanOf(audio), {
    sampleRate,
    columns: area.width,
    rows: area.height,
    lowest: lowestHertz,
    highest,
    spectrum: drawing.spectrum,
  });
  let top = Number.NEGATIVE_INFINITY;
  for (const level of levels) if (level > top) top = level;
  top = Math.max(-60, Math.ceil(top / 10) * 10);

  paintLevels(context, drawing, levels, area, top);
  frame(context, area);
  const frequency = drawing.scaleLog([lowestHertz, highest], [area.y + area.height, area.y]);
  const ticks = [50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000].filter(
    (tick) => tick <= highest,
  );
  // Nyquist has its own label where there is room.
  if (frequency(ticks.at(-1) ?? lowestHertz) - area.y > 14) ticks.push(highest);
  leftAxis(context, area, { scale: frequency, ticks, label: hertzLabel, title: 'Frequency (Hz)' });
  drawColourBar(context, drawing, { x: area.x + area.width + 18, y: area.y, width: 16, height: area.height }, top);
}

function hertzLabel(hertz: number): string {
  return hertz < 1000 ? String(hertz) : `${Number((hertz / 1000).toFixed(2))}k`;
}

function paintLevels(context: SKRSContext2D, drawing: Drawing, levels: Float32Array, area: Area, top: number): void {
  const colours = Array.from({ length: 256 }, (_, i) => rgb(drawing.palette(i / 255)));
  const image = context.createImageData(area.width, area.height);
  levels.forEach((level, i) => {
    const share = Math.min(1, Math.max(0, 1 + (level - top) / dynamicRange));
    image.data.set(colours[Math.round(share * 255)] ?? [0, 0, 0], i * 4);
    image.data[i * 4 + 3] = 255;
  });
  context.putImageData(image, area.x, area.y);
}

/** `#rrggbb`, which is what d3's tabulated palettes give. */
function rgb(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function drawColourBar(context: SKRSContext2D, drawing: Drawing, area: Area, top: number): void {
  for (let row = 0; row < area.height; row++) {
    context.fillStyle = drawing.palette(1 - row / (area.height - 1));
    context.fillRect(area.x, area.y + row, area.width, 1);
  }
  frame(context, area);
  const scale = drawing.scaleLinear([top - dynamicRange, top], [area.y + area.height, area.y]);
  rightAxis(context, area, { scale, ticks: scale.ticks(9), label: scale.tickFormat(9), title: 'Level (dBFS)' });
}
