import { expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { pcmMatroska, tone } from './matroska.js';

/** mkvpropedit moves the Tracks element behind the clusters when it grows: a stream has to be collected first. */

const { pcm, samples } = tone(4000);
const file = pcmMatroska(pcm, { tracksBehind: true });

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('Matroska with its tracks behind the clusters decodes, as a file and as a stream', async () => {
  expect((await decode(file)).data).toEqual(samples);
  for (const size of [1, 700, file.length]) {
    const stream = await decode(pieces(file, size));
    expect(stream.data).toEqual(samples);
    expect(stream.source.collected).toBe('memory');
  }
});

test('with its tracks in front it is not collected', async () => {
  const stream = await decode(pieces(pcmMatroska(pcm), 700));
  expect(stream.data).toEqual(samples);
  expect(stream.source.collected).toBeNull();
});
