import type { SKRSContext2D } from '@napi-rs/canvas';
import type { DecodedAudio } from '../index.js';
import { type Area, bottomAxis, frame, leftAxis, type Scale } from './axes.js';
import { blankPicture, hertzLabel, type PictureOptions } from './canvas.js';
import { channelsOf, meanOf } from './channels.js';
import type { Drawing } from './drawing.js';
import { colourBar, paintValues } from './heatmap.js';
import { spectrogram } from './spectrogram.js';
import { waveform } from './waveform.js';

/** dB between the darkest and the lightest colour. */
const dynamicRange = 90;
const lowestHertz = 50;
/** More channels than these are drawn as their mean. */
const mostLanes = 2;

/** Waveform above, spectrogram below, over one time axis, as PNG. */
export async function picture(drawing: Drawing, audio: DecodedAudio, options: PictureOptions): Promise<Buffer> {
  const { canvas, context, area } = blankPicture(drawing, options);
  const upper: Area = { ...area, height: Math.round(area.height * 0.3) };
  const y = upper.y + upper.height + 16;
  const lower: Area = { ...area, y, height: area.y + area.height - y };
  const time = drawing.scaleLinear([0, audio.duration], [area.x, area.x + area.width]);

  drawWaveforms(context, drawing, audio, upper);
  drawSpectrogram(context, drawing, audio, lower);
  bottomAxis(context, lower, { scale: time, label: time.tickFormat(10, '~r'), title: 'Time (s)' });
  return canvas.encode('png');
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

  const range = { low: top - dynamicRange, high: top };
  paintValues(context, drawing, levels, area, range);
  const frequency = drawing.scaleLog([lowestHertz, highest], [area.y + area.height, area.y]);
  const ticks = [50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000].filter(
    (tick) => tick <= highest,
  );
  // Nyquist has its own label where there is room.
  if (frequency(ticks.at(-1) ?? lowestHertz) - area.y > 14) ticks.push(highest);
  leftAxis(context, area, { scale: frequency, ticks, label: hertzLabel, title: 'Frequency (Hz)' });
  colourBar(context, drawing, area, range, 'Level (dBFS)');
}
