import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probe } from '../../dist/index.js';
import { cochlea, lines, temporaryFolder } from './command.js';
import { writeWav } from './sounds.js';

test('prints a table of what the headers say', async () => {
  const folder = temporaryFolder();
  const source = writeWav(join(folder, 'tone.wav'), { channels: 2, sampleRate: 48_000, frames: 24_000 });
  const { code, stdout, stderr } = await cochlea('probe', source);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [titles, row] = stdout.split('\n');
  expect(titles).toMatch(/^file +container +stream +codec +rate +channels +layout +duration +bit rate$/);
  expect(row).toMatch(/tone\.wav +wav +#0 +pcm_s16le +48000 Hz +2 +stereo +0\.500 s +1536 kb\/s$/);
});

test('--json prints what probe() returns, one line per file', async () => {
  const folder = temporaryFolder();
  const source = writeWav(join(folder, 'tone.wav'));
  const missing = join(folder, 'missing.wav');
  const run = await cochlea('probe', '--json', source, missing);
  expect(run.code).toBe(1);
  expect(lines(run)).toEqual([
    { file: source, ok: true, ...(await probe(source)) },
    {
      file: missing,
      ok: false,
      code: 'ERR_AUDIO_SOURCE',
      message: expect.stringContaining('missing.wav'),
      remedy: expect.any(String),
    },
  ]);
});
