/**
 * Decodes the speech clip in six formats, or the files given (`npm run demo -- my.mp3`), to what a speech
 * model takes, 16 kHz mono float32, and draws the first one. Needs the built package (`npm run build`).
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const clips = ['speech.wav', 'speech.mp3', 'speech.flac', 'speech.m4a', 'speech.ogg', 'speech.webm'];
const inProject = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const files =
  process.argv.length > 2 ? process.argv.slice(2) : clips.map((clip) => inProject(`test/fixtures/speech/${clip}`));

const { AudioDecoder, CochleaError } = await import('../dist/index.js').catch((error) => {
  console.error(`The package is not built (${error.message.split('\n')[0]}). Run: npm run build`);
  process.exit(1);
});
const { table } = await import('../dist/cli/table.js');
const { printable } = await import('../dist/cli/terminal.js');
const { container, duration, hertz, shape } = await import('../dist/cli/wording.js');

const decoder = new AudioDecoder({ sampleRate: 16_000, channels: 1 });
const shown = (file) => printable(relative('.', file).startsWith('..') ? file : relative('.', file));
const rows = [];
let drawable;
for (const file of files) {
  const start = performance.now();
  try {
    const audio = await decoder.decode(file);
    const time = `${(performance.now() - start).toFixed(1)} ms`;
    const { source, dtype, sampleRate } = audio;
    const facts = [container(source.container), source.codec, `${hertz(source.sampleRate)} ${source.channelLayout}`];
    rows.push([shown(file), ...facts, shape(audio.shape), dtype, hertz(sampleRate), duration(audio.duration), time]);
    drawable ??= file;
  } catch (error) {
    if (!(error instanceof CochleaError)) throw error;
    rows.push([shown(file), error.code, printable(error.message)]);
    process.exitCode = 1;
  }
}

const right = (title) => ({ title, align: 'right' });
const columns = [
  { title: 'file' },
  { title: 'container' },
  { title: 'codec' },
  { title: 'source' },
  { title: 'shape' },
  { title: 'dtype' },
  right('rate'),
  right('duration'),
  right('time'),
];
const decoded = rows.filter((row) => row.length > 3);
if (decoded.length > 0) process.stdout.write(table(columns, decoded));
const failed = rows.filter((row) => row.length === 3);
if (failed.length > 0) {
  if (decoded.length > 0) process.stdout.write('\n');
  process.stdout.write(table([{ title: 'file' }, { title: 'error' }, { title: 'message' }], failed));
}
if (drawable) await draw(drawable);

async function draw(file) {
  const { loadDrawing } = await import('../dist/cli/drawing.js');
  const { writePicture } = await import('../dist/cli/inspect.js');
  const output = inProject('build/demo.png');
  try {
    const drawing = await loadDrawing();
    const audio = await new AudioDecoder().decode(file, { channels: 'native' });
    await writePicture(drawing, audio, file, output, { width: 1200, height: 700 }, new AbortController().signal);
    console.log(`\nWaveform and spectrogram of ${shown(file)}: ${shown(output)}`);
  } catch (error) {
    console.error(`\nNo picture: ${error.message}`);
  }
}
