import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AudioDecoder, AudioSource } from '../../dist/index.js';
import { longer } from './cuts.js';

/**
 * AAC in MP4 whose edit list begins elsewhere than ours do: Apple's encoders put 2112 samples in front (two packets and
 * 64 samples), others one packet, or none. Whatever is dropped at the start, a range is a slice of the whole.
 */

const path = longer.find(([file]) => file === 'edit-list.m4a')?.[1] ?? '';

function withMediaTime(samples: number): Buffer {
  const bytes = readFileSync(path);
  const at = bytes.indexOf('elst');
  expect(bytes.readUInt32BE(at + 4)).toBe(0); // version 0: 32 bits each
  expect(bytes.readUInt32BE(at + 8)).toBe(1); // one entry: duration, media time, rate
  bytes.writeUInt32BE(samples, at + 16);
  return bytes;
}

describe.each([0, 1, 64, 1023, 1024, 1025, 2048, 2112, 3000, 5000])('media_time %i', (samples) => {
  test('any range is a slice of the whole', async () => {
    const bytes = withMediaTime(samples);
    const decoder = new AudioDecoder();
    const whole = await decoder.decode(bytes);
    using source = AudioSource.open(bytes);
    for (const start of [1.2, 2.5, 4.321, 5.9]) {
      const part = await decoder.decode(source, { start, end: start + 0.3 });
      expect(part.startFrame).toBe(Math.floor(start * 44_100 + 0.5));
      expect(part.data).toEqual(whole.data.subarray(part.startFrame, part.startFrame + part.frames));
      const open = await decoder.decode(bytes, { start });
      expect(open.startFrame + open.frames).toBe(whole.frames);
    }
  });
});
