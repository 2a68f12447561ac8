import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { withSerial } from './ogg.js';

/** Ogg files joined by `cat`, as radio stations and recorders send them: a chain of links. */

test.each([
  'ogg-flac.oga',
  'ogg-opus.opus',
  'ogg-opus-5.1.opus',
  'ogg-speex-wide.spx',
  'ogg-vorbis.ogg',
  'ogg-vorbis-one-page.ogg',
])('%s twice is its samples twice, and no damage', async (name) => {
  const file = readFileSync(fileURLToPath(new URL(`../fixtures/formats/${name}`, import.meta.url)));
  const one = await decode(file, { channels: 1 });
  const two = await decode(Buffer.concat([file, withSerial(file, 77)]), { channels: 1 });
  expect(two.frames).toBe(2 * one.frames);
  expect(two.data.subarray(0, one.frames)).toEqual(one.data);
  // Speex' decoder is not told of the link, and remembers a little.
  if (!name.includes('speex')) expect(two.data.subarray(one.frames)).toEqual(one.data);
  expect(two.damage).toMatchObject({ packets: 0, truncated: false });
});
