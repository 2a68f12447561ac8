import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
  const drawing = readFileSync(new URL('../../dist/cli/drawing.js', import.meta.url), 'utf8');
  const named = /npm install (.+)'/.exec(drawing)?.[1]?.split(' ') ?? [];
  expect(named).toHaveLength(4);
  const peers = Object.entries(manifest.peerDependencies ?? {}).map(([name, range]) => `${name}@${range}`);
  expect(peers).toEqual(expect.arrayContaining(named));
});
