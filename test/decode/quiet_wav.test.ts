import { expect, test } from 'vitest';
import { decode } from '../../dist/index.js';

/** FFmpeg looks for MPEG audio in the samples of WAV files. */

/** A 16-bit WAV file of these samples. */
function wav(samples: Int16Array, channels: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(16_000, 24);
  head.writeUInt32LE(32_000 * channels, 28);
  head.writeUInt16LE(2 * channels, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

test.each([1, 2])(
  'dithered silence, %i channels: FF FF is a sample, and no header of free-format MPEG audio',
  async (channels) => {
    let state = channels;
    const random = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    for (let i = 0; i < 100; i++) {
      // Triangular dither, of one bit.
      const samples = Int16Array.from({ length: 16_000 * channels }, () => Math.round(random() + random() - 1));
      const audio = await decode(wav(samples, channels), { channels: 'native' });
      expect(audio.source.codec).toBe('pcm_s16le');
      expect(audio.frames).toBe(16_000);
      const plane = Array.from({ length: 16_000 }, (_, frame) => (samples[frame * channels] as number) / 32_768);
      expect(
        Buffer.from(audio.data.buffer, audio.data.byteOffset, 64_000).equals(
          Buffer.from(Float32Array.from(plane).buffer),
        ),
      ).toBe(true);
    }
  },
);
