import { extremes, paintLevels, paintWave } from './paint.js';
import { frequencyMarks, hertz, melCentre, melMarks, seconds } from './scales.js';
import { bins, spectrogram } from './spectrum.js';

/** What is below the loudest level by more than this is black. Silence has no loudest level: it is black as well. */
const decibels = 80;
const quietest = -90;
/** Of float32 not much is left so far below full scale. */
const nothing = -120;
/**
 * Whisper's features: a decade of power is 1/4, nothing is more than 8 decades below the loudest, and silence, a power
 * of 1e-10, is -1.5.
 */
const perDecade = 4;
const melRange = 2;
const melSilence = -1.5;

const toDecibels = (amplitude) => (amplitude > 0 ? 20 * Math.log10(amplitude) : Number.NEGATIVE_INFINITY);
const shown = (level) => (level < nothing ? `below −${-nothing} dB` : `${level.toFixed(1).replace('-', '−')} dB`);
const loudest = (values) => values.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY);
const index = (place, count) => Math.min(Math.floor(place * count), count - 1);

/** Each of them is for `Plot.show`. */
export function wavePicture({ samples, duration }) {
  const peakOf = (from, to) => toDecibels(Math.max(...extremes(samples, from, to).map(Math.abs)));
  return {
    duration,
    marks: [-1, 0, 1].map((value) => ({ at: (value + 1) / 2, text: String(value).replace('-', '−') })),
    paint: (canvas) => paintWave(canvas, samples),
    read: (x) => `${seconds(x * duration)} · peak ${shown(peakOf(x, x + 0.001))}`,
    label: `Waveform of ${seconds(duration)}, peak ${shown(peakOf(0, 1))} of full scale`,
  };
}

export function spectrogramPicture({ samples, sampleRate, duration }) {
  const highest = sampleRate / 2;
  let columns = 0;
  let levels;
  const level = (column, row) => levels[column * bins + row];
  return {
    duration,
    marks: frequencyMarks(highest),
    async paint(canvas, signal) {
      if (canvas.width !== columns) {
        const { width } = canvas;
        levels = await spectrogram(samples, width, signal);
        columns = width;
      }
      const high = Math.max(loudest(levels), quietest);
      paintLevels(canvas, { columns, rows: bins, level, low: high - decibels, high });
    },
    read(x, y) {
      const there = levels ? ` · ${shown(level(index(x, columns), index(y, bins)))}` : '';
      return `${seconds(x * duration)} · ${hertz(y * highest)}${there}`;
    },
    label: `Spectrogram of ${seconds(duration)}, from 0 to ${hertz(highest)}`,
  };
}

/** Log-mel features, [1, mels, frames]; a frame is 10 ms. */
export function melPicture({ data, shape }) {
  const [, mels, frames] = shape;
  const duration = frames / 100;
  const high = loudest(data);
  const low = Math.max(high - melRange, melSilence);
  const level = (column, row) => data[row * frames + column];
  return {
    duration,
    marks: melMarks(),
    paint: (canvas) =>
      paintLevels(canvas, { columns: frames, rows: mels, level, low, high: Math.max(high, low + 0.5) }),
    read(x, y) {
      const [frame, mel] = [index(x, frames), index(y, mels)];
      const below = (10 * perDecade * (level(frame, mel) - high)).toFixed(1).replace('-', '−');
      const place = `frame ${frame} · mel ${mel} (${hertz(melCentre(mel, mels))})`;
      return `${seconds(x * duration)} · ${place} · ${level(frame, mel).toFixed(3)}, ${below} dB below the loudest`;
    },
    label: `Log-mel features: ${mels} mels, ${frames} frames of 10 ms`,
  };
}
