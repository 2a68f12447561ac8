import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AudioDecoder, AudioSource, type DecodedAudio } from '../../dist/index.js';
import { generator, longer } from './cuts.js';
import { equalSamples } from './wav.js';

/**
 * A range is the slice of the whole decode, also of files that were joined, whatever their containers make of that:
 * all ordered pairs of the longer fixtures that share a container, one of them twice, in all channels.
 */

const pathOf = (name: string) => longer.find(([file]) => file === name)?.[1] ?? '';
const pairs = longer.flatMap(([a]) => longer.filter(([b]) => extname(a) === extname(b)).map(([b]) => [a, b] as const));

function slice(whole: DecodedAudio, from: number, to: number): Float32Array {
  const part = new Float32Array(whole.channels * (to - from));
  for (let c = 0; c < whole.channels; c++) {
    part.set(whole.data.subarray(c * whole.frames + from, c * whole.frames + to), c * (to - from));
  }
  return part;
}

describe.each(pairs)('%s and %s', (a, b) => {
  test('any range is a slice of the whole', async () => {
    const bytes = Buffer.concat([readFileSync(pathOf(a)), readFileSync(pathOf(b))]);
    const decoder = new AudioDecoder({ channels: 'native' });
    const whole = await decoder.decode(bytes);
    const random = generator(bytes.length);
    using source = AudioSource.open(bytes);
    for (let i = 0; i < 8; i++) {
      const start = random() * whole.duration;
      const end = start + 0.05 + random() * 0.3;
      const from = Math.floor(start * whole.sampleRate + 0.5);
      const to = Math.min(whole.frames, Math.floor(end * whole.sampleRate + 0.5));
      if (from >= to) continue;
      const part = await decoder.decode(i % 2 === 0 ? bytes : source, { start, end });
      expect([part.startFrame, part.frames]).toEqual([from, to - from]);
      expect(equalSamples(part.data, slice(whole, from, to))).toBe(true);
    }
  });
});
