import type { SKRSContext2D } from '@napi-rs/canvas';
import type { DecodedAudio } from '../../index.js';
import { type Area, bottomAxis, frame, leftAxis, type Scale } from './axes.js';
import { blankPicture, hertzLabel, type PictureOptions } from './canvas.js';
import { channelsOf, meanOf } from './channels.js';
import type { Drawing } from './drawing.js';
import { type ColourRange, colourBar, paintValues } from './heatmap.js';
import { spectrogram } from './spectrogram.js';
import { waveform } from './waveform.js';

/** dB between the darkest and the lightest colour. */
const dynamicRange = 90;
const lowestHertz = 50;
const decades = [50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];
/** More channels than these are drawn as their mean. */
const mostLanes = 2;

export interface PictureStyle {
  /** dB of the darkest and the lightest colour. Default: from the loudest down. */
  readonly levels?: ColourRange | undefined;
  /** Default: `log`. */
  readonly frequency?: 'log' | 'linear' | undefined;
}

/** Waveform above, spectrogram below, over one time axis, as PNG. */
export async function picture(
  drawing: Drawing,
  audio: DecodedAudio,
  options: PictureOptions & PictureStyle,
): Promise<Buffer> {
  const { canvas, context, area } = blankPicture(drawing, options);
  const upper: Area = { ...area, height: Math.round(area.height * 0.3) };
  const y = upper.y + upper.height + 16;
  const lower: Area = { ...area, y, height: area.y + area.height - y };
  const start = audio.startFrame / audio.sampleRate;
  const time = drawing.scaleLinear([start, start + audio.duration], [area.x, area.x + area.width]);

  drawWaveforms(context, drawing, audio, upper);
  drawSpectrogram(context, drawing, audio, lower, options);
  bottomAxis(context, lower, { scale: time, label: time.tickFormat(10, '~r'), title: 'Time (s)' });
  return canvas.encode('png');
}

function drawWaveforms(context: SKRSContext2D, drawing: Drawing, audio: DecodedAudio, area: Area): void {
  const lanes = audio.channels <= mostLanes ? channelsOf(audio) : [meanOf(audio)];
  const waves = lanes.map((samples) => waveform(samples, area.width));
  // Silence is drawn on the full scale, a quiet recording is enlarged so that it can be seen.
  const loudest = Math.max(...waves.flatMap(({ low, high }) => [Math.max(...high), -Math.min(...low)]));
  const limit = loudest > 0 ? Math.max(loudest * 1.05, 1e-4) : 1;
  // A label at the edge of a lane has half of its height beyond it.
  const gap = 16;
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
      count,
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

function drawSpectrogram(
  context: SKRSContext2D,
  drawing: Drawing,
  audio: DecodedAudio,
  area: Area,
  { levels: given, frequency: kind = 'log' }: PictureStyle,
): void {
  const { sampleRate } = audio;
  const highest = sampleRate / 2;
  const lowest = kind === 'log' ? lowestHertz : 0;
  const levels = spectrogram(meanOf(audio), {
    sampleRate,
    columns: area.width,
    rows: area.height,
    lowest,
    highest,
    scale: kind,
    spectrum: drawing.spectrum,
  });
  const range = given ?? loudRange(levels);
  paintValues(context, drawing, levels, area, range);
  const pixels = [area.y + area.height, area.y];
  const axis = { label: hertzLabel, title: 'Frequency (Hz)' };
  if (kind === 'linear') {
    leftAxis(context, area, { ...axis, scale: drawing.scaleLinear([lowest, highest], pixels) });
  } else {
    // The last is half the sample rate, which is labelled where there is room.
    const ticks = [...decades.filter((tick) => tick < highest), highest];
    leftAxis(context, area, { ...axis, scale: drawing.scaleLog([lowest, highest], pixels), ticks });
  }
  colourBar(context, drawing, area, range, 'Level (dBFS)');
}

/** Down from the loudest, in whole tens. */
function loudRange(levels: Float32Array): ColourRange {
  let top = Number.NEGATIVE_INFINITY;
  for (const level of levels) if (level > top) top = level;
  top = Math.max(-60, Math.ceil(top / 10) * 10);
  return { low: top - dynamicRange, high: top };
}
