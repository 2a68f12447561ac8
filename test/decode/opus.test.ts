import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { distance, fieldCases } from './field.js';
import { equalSamples } from './wav.js';

/** FFmpeg's own Opus decoder, and libopus where voice begins: Note [Two Opus decoders] in the core's opus_decoders.h. */

const cases = fieldCases('opus');
const named = (name: string) => cases.find((each) => each.name === name) as (typeof cases)[number];

describe.each(cases.map((each) => [each.name, each] as const))('%s', (_, expected) => {
  test('has the samples of its oracle', async () => {
    const audio = await decode(expected.path, { channels: 'native' });
    expect([audio.frames, audio.channels, audio.sampleRate]).toEqual([expected.frames, expected.channels, 48_000]);
    expect(distance(audio, expected)).toBeLessThan(5e-6);
    expect(audio.damage).toMatchObject({ packets: 0, truncated: false });
  });
});

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700);
}

test.each(cases.map(({ name }) => name).filter((name) => name !== 'ends-before-the-last-page.opus'))(
  '%s as a stream is the file, bit for bit',
  async (name) => {
    const { path } = named(name);
    const file = await decode(path, { channels: 'native' });
    const stream = await decode(pieces(readFileSync(path)), { channels: 'native' });
    expect(equalSamples(stream.data, file.data)).toBe(true);
    expect(stream.damage).toMatchObject({ packets: 0, truncated: false });
  },
);

test('an end before the last page is too late to be honoured in a stream, and is told', async () => {
  const { path, frames } = named('ends-before-the-last-page.opus');
  const stream = await decode(pieces(readFileSync(path)), { channels: 'native' });
  expect(stream.frames).toBeGreaterThan(frames);
  expect(stream.damage.packets).toBeGreaterThan(0);
});

test('a range after a turn from music to voice is the slice of the whole decode', async () => {
  const { path } = named('music-then-voice.opus');
  const whole = await decode(path, { channels: 'native' });
  const part = await decode(path, { channels: 'native', start: 1.25, end: 1.75 });
  for (let c = 0; c < 2; c++) {
    const want = whole.data.subarray(c * whole.frames + 60_000, c * whole.frames + 84_000);
    expect(part.data.subarray(c * part.frames, (c + 1) * part.frames)).toEqual(want);
  }
});

test.each(['webm', 'mp4', 'ts'])(
  'voice in %s begins where FFmpeg begins it, with the samples of libopus',
  async (container) => {
    const [ogg, audio] = await Promise.all([
      decode(named('voice-silk.opus').path, { channels: 'native' }),
      decode(named('voice-silk.opus').path.replace('.opus', `.${container}`), { channels: 'native' }),
    ]);
    // A transport stream does not tell of the pre-skip.
    const early = container === 'ts' ? 312 : 0;
    expect(audio.frames - early).toBeGreaterThanOrEqual(ogg.frames);
    expect(equalSamples(audio.data.subarray(early, early + ogg.frames), ogg.data)).toBe(true);
  },
);
