import { describe, expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { errorOf } from './outcome.js';
import { floatWav } from './sounds.js';

/** One NaN in the input of a resampler silences or poisons 34 ms on both sides: it is told, not passed on. */

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describe.each([
  ['NaN', nan],
  ['infinity', infinity],
  ['minus infinity', -infinity],
])('%s', (_, bad) => {
  const bytes = floatWav([0.5, bad, 0.25, bad]);

  test('is an error by default', async () => {
    const error = await errorOf(decode(bytes));
    expect(error).toMatchObject({ name: 'CorruptAudioError', code: 'ERR_AUDIO_CORRUPT', fault: 'client' });
  });

  test('is an error when resampled', async () => {
    expect((await errorOf(decode(bytes, { sampleRate: 8000 }))).code).toBe('ERR_AUDIO_CORRUPT');
  });

  test("becomes zero and is counted with nonFinite: 'zero'", async () => {
    const audio = await decode(bytes, { nonFinite: 'zero' });
    expect([...audio.data]).toEqual([0.5, 0, 0.25, 0]);
    expect(audio.damage.nonFinite).toBe(2);
  });
});

test('every non-finite sample of every channel is counted, before channels are mixed', async () => {
  const bytes = floatWav([1, nan, infinity, -infinity, 0.5, 0.5], { channels: 2 });
  const audio = await decode(bytes, { nonFinite: 'zero' });
  expect([...audio.data]).toEqual([0.5, 0, 0.5]);
  expect(audio.damage.nonFinite).toBe(3);
});

test('finite samples above full scale are kept as they are', async () => {
  const audio = await decode(floatWav([2, -3, 1e30]));
  expect([...audio.data]).toEqual([...Float32Array.of(2, -3, 1e30)]);
  expect(audio.damage.nonFinite).toBe(0);
});
