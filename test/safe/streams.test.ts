import { describe, expect, test } from 'vitest';
import { AudioDecoder, decode, probe } from '../../dist/index.js';
import { fixture } from './hostile/bytes.js';
import { matroskaOfTracks } from './hostile/matroska.js';
import { mp4OfTracks } from './hostile/mp4.js';
import { flacWithPictures, mp3WithPictures } from './hostile/tagged.js';
import { tsOfStreams } from './hostile/transport.js';
import { errorOf } from './outcome.js';

/** Files of many streams, and of many pictures, which some demuxers make streams of. */

describe('pictures are no streams', () => {
  test.each([
    ['FLAC', flacWithPictures(40), 'flac-16.flac'],
    ['MP3', mp3WithPictures(40), 'mpeg-mp3-cbr.mp3'],
  ])('%s with 40 covers decodes as without', async (_, bytes, name) => {
    const audio = await decode(bytes);
    const plain = await decode(fixture(name));
    expect(audio.damage).toEqual(plain.damage);
    expect(audio.data).toEqual(plain.data);
    expect(await probe(bytes)).toMatchObject({ index: 0 });
  });
});

describe.each([
  ['MP4', mp4OfTracks, 16_000],
  ['Matroska', matroskaOfTracks, 8000],
])('%s of many tracks', (_, make, frames) => {
  test('40 audio tracks are all there', async () => {
    const bytes = make(40);
    expect((await probe(bytes)).streams).toHaveLength(40);
    expect(await decode(bytes)).toMatchObject({ frames, damage: { packets: 0, truncated: false } });
  });

  test('more than 64 audio tracks are refused, unless the limit says otherwise', async () => {
    const bytes = make(65);
    const limit = { code: 'ERR_AUDIO_LIMIT', limit: 'streams', max: 64, actual: 65 };
    expect(await errorOf(decode(bytes))).toMatchObject(limit);
    expect(await errorOf(probe(bytes))).toMatchObject(limit);
    const decoder = new AudioDecoder({ limits: { streams: Number.POSITIVE_INFINITY } });
    expect((await decoder.decode(bytes)).frames).toBe(frames);
    const strict = new AudioDecoder({ limits: { streams: 1 } });
    expect(await errorOf(strict.decode(make(2)))).toMatchObject({ limit: 'streams', max: 1, actual: 2 });
  });

  test('more than 512 of any kind are refused, whatever the limit', async () => {
    const decoder = new AudioDecoder({ limits: { streams: Number.POSITIVE_INFINITY } });
    expect(await errorOf(decoder.decode(make(513)))).toMatchObject({
      code: 'ERR_AUDIO_LIMIT',
      limit: 'streams',
      max: 512,
      actual: 513,
    });
  });
});

test('a transport stream of 40 audio streams is decoded', async () => {
  const bytes = tsOfStreams(40);
  const plain = await decode(fixture('ts-aac.ts'));
  expect((await probe(bytes)).streams).toHaveLength(40);
  expect((await decode(bytes)).data).toEqual(plain.data);
});

test.each([
  ['MP4', mp4OfTracks(200, 'text'), 16_000],
  ['Matroska', matroskaOfTracks(200, 17), 8000],
])('%s: tracks that are not audio do not count', async (_, bytes, frames) => {
  expect((await probe(bytes)).streams).toHaveLength(1);
  expect((await decode(bytes)).frames).toBe(frames);
});
