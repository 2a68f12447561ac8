import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDrawing } from '../../dist/cli/picture/drawing.js';
import { picture } from '../../dist/cli/picture/picture.js';
import { type DecodedAudio, decode } from '../../dist/index.js';
import { cochlea, lines, program, start, temporaryFolder } from './command.js';
import { brightness, pixels } from './pixels.js';
import { writeWav } from './sounds.js';

test('draws a tone as a bright line at its frequency', async () => {
  const folder = temporaryFolder();
  const source = writeWav(join(folder, 'tone.wav'), { sampleRate: 16_000, frames: 32_000 });
  const output = join(folder, 'tone.png');
  const { code, stdout } = await cochlea('inspect', source, '--output', output);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${output}\n` });
  expect(readFileSync(output).toString('latin1', 1, 4)).toBe('PNG');
  const { width, height, at } = await pixels(output);
  expect([width, height]).toEqual([1200, 700]);

  // Within the spectrogram, from its top edge (8 kHz) to its bottom edge (50 Hz).
  const [top, bottom] = [261, 634];
  const column = Array.from({ length: bottom - top }, (_, row) => brightness(at(600, top + row)));
  const brightest = column.indexOf(Math.max(...column));
  const hertz = 8000 * (50 / 8000) ** (brightest / (bottom - top));
  expect(hertz).toBeGreaterThan(415);
  expect(hertz).toBeLessThan(466);
  expect(Math.max(...column) - Math.min(...column)).toBeGreaterThan(400);
});

test('--size and --json', async () => {
  const folder = temporaryFolder();
  const source = writeWav(join(folder, 'tone.wav'), { channels: 2, frames: 3 });
  const output = join(folder, 'tone.png');
  const run = await cochlea('inspect', source, '-o', output, '--size', '640x400', '--json');
  expect(lines(run)).toEqual([{ file: source, ok: true, output, width: 640, height: 400, duration: 3 / 8000 }]);
  expect(await pixels(output)).toMatchObject({ width: 640, height: 400 });
});

test('a file that does not decode: its error, and no picture', async () => {
  const folder = temporaryFolder();
  const source = join(folder, 'words.mp3');
  writeFileSync(source, 'these are words');
  const run = await cochlea('inspect', source, '-o', join(folder, 'words.png'));
  expect(run).toMatchObject({ code: 1, stdout: '' });
  expect(run.stderr).toContain('ERR_AUDIO_UNSUPPORTED_CONTAINER');
  expect(readdirSync(folder)).toEqual(['words.mp3']);
});

test('without the drawing packages: says which to install', async () => {
  const folder = temporaryFolder();
  const source = writeWav(join(folder, 'tone.wav'));
  const hooks = `export const resolve = (name, context, next) => {
    if (name !== '@napi-rs/canvas') return next(name, context);
    throw Object.assign(new Error("Cannot find package '@napi-rs/canvas'"), { code: 'ERR_MODULE_NOT_FOUND' });
  }`;
  const url = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const without = url(`import { register } from 'node:module'; register(${JSON.stringify(url(hooks))});`);
  const run = await start(program, ['inspect', source, '-o', join(folder, 'tone.png')], {
    NODE_OPTIONS: `--import=${without}`,
  }).finished;
  expect(run).toMatchObject({ code: 1, stdout: '' });
  expect(run.stderr).toMatch(
    /npm install @napi-rs\/canvas@\S+ d3-scale@\S+ d3-scale-chromatic@\S+ fourier-transform@\S+/,
  );
});

test('the packages that the error names are those of package.json', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    peerDependencies?: Record<string, string>;
  };
  const drawing = readFileSync(new URL('../../dist/cli/picture/drawing.js', import.meta.url), 'utf8');
  const named = /npm install (.+)'/.exec(drawing)?.[1]?.split(' ') ?? [];
  expect(named).toHaveLength(4);
  const peers = Object.entries(manifest.peerDependencies ?? {}).map(([name, range]) => `${name}@${range}`);
  expect(peers).toEqual(expect.arrayContaining(named));
});

/** Where text stands in a picture that is drawn here. */
interface Label {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What `picture` writes, and where. */
async function labelsOf(audio: DecodedAudio, options: Parameters<typeof picture>[2]): Promise<Label[]> {
  const labels: Label[] = [];
  const drawing = await loadDrawing();
  const createCanvas = ((width: number, height: number) => {
    const canvas = drawing.createCanvas(width, height);
    const context = canvas.getContext('2d');
    const fillText = context.fillText.bind(context);
    context.fillText = (text, x, y, room = Number.POSITIVE_INFINITY) => {
      const { width } = context.measureText(text);
      const size = Number.parseFloat(/(\d+)px/.exec(context.font)?.[1] ?? '');
      const { a, b, c, d, e, f } = context.getTransform();
      const wide = Math.min(width, room);
      const from = { left: 0, start: 0, center: wide / 2, right: wide, end: wide }[context.textAlign];
      const above = { top: 0, middle: size / 2, alphabetic: size * 0.8 }[context.textBaseline as 'top'];
      const corners = [x - from, x - from + wide].flatMap((cx) =>
        [y - above, y - above + size].map((cy) => [a * cx + c * cy + e, b * cx + d * cy + f]),
      );
      const [xs, ys] = [corners.map(([cx]) => cx ?? 0), corners.map(([, cy]) => cy ?? 0)];
      labels.push({
        text,
        left: Math.min(...xs),
        right: Math.max(...xs),
        top: Math.min(...ys),
        bottom: Math.max(...ys),
      });
      fillText(text, x, y, room);
    };
    return canvas;
  }) as typeof drawing.createCanvas;
  await picture({ ...drawing, createCanvas }, audio, options);
  return labels;
}

function overlaps(a: Label, b: Label): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

test.each([
  ['log', 400, 300, 1],
  ['linear', 400, 300, 2],
  ['log', 400, 300, 2],
  ['log', 1200, 700, 2],
] as const)('labels do not overlap: %s, %i x %i, %i channels', async (frequency, width, height, channels) => {
  const folder = temporaryFolder();
  const source = writeWav(join(folder, 'tone.wav'), { sampleRate: 48_000, channels, frames: 480_000 });
  const audio = await decode(source, { channels: 'native', start: 1.25 });
  const labels = await labelsOf(audio, { title: 'tone.wav', subtitle: 'pcm', width, height, frequency });
  expect(labels.length).toBeGreaterThan(10);
  for (const [i, a] of labels.entries()) {
    for (const b of labels.slice(i + 1)) expect([a.text, b.text, overlaps(a, b)]).toEqual([a.text, b.text, false]);
    expect(a.left >= 0 && a.right <= width && a.top >= 0 && a.bottom <= height, a.text).toBe(true);
  }
});

test('--start, --end, --levels and --frequency', async () => {
  const folder = temporaryFolder();
  const source = writeWav(join(folder, 'tone.wav'), { sampleRate: 16_000, frames: 64_000 });
  const output = join(folder, 'tone.png');
  const part = ['--start', '1', '--end', '2.5', '--levels', '-60:0', '--frequency', 'linear'];
  const run = await cochlea('inspect', source, '-o', output, ...part, '--json');
  expect(lines(run)).toMatchObject([{ ok: true, duration: 1.5 }]);
  const { at } = await pixels(output);
  // Linear: 440 Hz of 8000 lies a twentieth above the bottom edge.
  const [top, bottom] = [261, 634];
  const column = Array.from({ length: bottom - top }, (_, row) => brightness(at(600, top + row)));
  const hertz = 8000 * (1 - column.indexOf(Math.max(...column)) / (bottom - top));
  expect(hertz).toBeGreaterThan(400);
  expect(hertz).toBeLessThan(480);
  // What is 60 dB below full scale and less is black.
  expect(Math.min(...column)).toBeLessThan(20);
  for (const levels of ['0:-60', '1', 'a:b']) {
    expect(await cochlea('inspect', source, '-o', output, '--levels', levels)).toMatchObject({ code: 2 });
  }
  expect((await cochlea('inspect', source, '-o', output, '--start', '3', '--end', '2')).code).toBe(2);
});
