import { expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { distance, fieldCases } from './field.js';

test.each(fieldCases('ima'))('IMA ADPCM in WAV is rounded as the reference does: $name', async (expected) => {
  const audio = await decode(expected.path, { channels: 'native', onDamage: 'error' });
  expect([audio.frames, audio.channels]).toEqual([expected.frames, expected.channels]);
  expect(distance(audio, expected)).toBe(0);
});
