import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { AudioDecoder, type DecodedAudio } from '../../dist/index.js';
import { generator, inPieces } from './cuts.js';
import { equalSamples } from './wav.js';

/** A source that is still coming gives what the same bytes give as a file: all fixtures, cut at random. */

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const files = ['formats', 'speech', 'ranges', 'field']
  .flatMap((folder) => readdirSync(`${fixtures}${folder}`, { recursive: true }).map((name) => `${folder}/${name}`))
  .filter((name) => /\.\w+$/.test(name) && !/\.(gz|json)$/.test(name));

/** Its end lies before its last page: in a stream those samples are out already, and `damage` says so. */
const tooLate = 'field/opus/ends-before-the-last-page.opus';

type Outcome = DecodedAudio | { code: string };
const outcomeOf = (decoding: Promise<DecodedAudio>): Promise<Outcome> =>
  decoding.catch((error: { code: string }) => ({ code: error.code }));

test.each(files.filter((name) => name !== tooLate))('%s', async (name) => {
  const bytes = readFileSync(fixtures + name);
  const decoder = new AudioDecoder({ channels: 'native' });
  const file = await outcomeOf(decoder.decode(bytes));
  const feed = await outcomeOf(decoder.decode(inPieces(bytes, generator(name.length))));
  if (!('data' in file) || !('data' in feed)) {
    expect(feed).toEqual(file);
    return;
  }
  expect([feed.shape, feed.damage.packets, feed.damage.truncated]).toEqual([
    file.shape,
    file.damage.packets,
    file.damage.truncated,
  ]);
  expect(equalSamples(feed.data, file.data)).toBe(true);
});

test('what a stream has given before its end is known counts as damage', async () => {
  const bytes = readFileSync(fixtures + tooLate);
  const decoder = new AudioDecoder();
  expect((await decoder.decode(bytes)).damage.packets).toBe(0);
  expect((await decoder.decode(inPieces(bytes, generator(1)))).damage.packets).toBeGreaterThan(0);
});
