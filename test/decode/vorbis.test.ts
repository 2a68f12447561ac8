import { describe, expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { distance, fieldCases } from './field.js';

/** In an Ogg stream of one page, the granule position says where Vorbis ends; each link begins anew. */

// oggdec rounds to 16 bits.
const tolerance = 0.51 / 32768;

describe.each(fieldCases('vorbis').map((each) => [each.name, each] as const))('%s', (_, expected) => {
  test('is as long as oggdec makes it, with its samples', async () => {
    const audio = await decode(expected.path, { channels: 'native' });
    expect(audio.frames).toBe(expected.frames);
    expect(distance(audio, expected)).toBeLessThan(tolerance);
    expect(audio.damage).toMatchObject({ packets: 0, truncated: false });
  });
});
