import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CochleaError, decode, probe } from '../../dist/index.js';

/** Every container and codec that free tools can write, against FFmpeg 5.1 + NumPy + python-soxr. */
interface Expected {
  readonly file: string;
  readonly decodable: boolean;
  readonly stream: number;
  readonly container: string;
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
  readonly rms: number;
  readonly peak: number;
  readonly frames16k: number;
  readonly rms16k: number;
  readonly peak16k: number;
}

const folder = fileURLToPath(new URL('../fixtures/', import.meta.url));
const { files } = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as { files: Expected[] };

function measure(samples: Float32Array): { rms: number; peak: number } {
  let sum = 0;
  let peak = 0;
  for (const sample of samples) {
    sum += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { rms: Math.sqrt(sum / samples.length), peak };
}

// FFmpeg's lossy decoders differ by 1e-6 between versions; a wrong channel, gain or offset is far above.
const relative = 1e-3;
const absolute = 1e-6;

function expectClose(samples: Float32Array, rms: number, peak: number): void {
  const measured = measure(samples);
  expect(Math.abs(measured.rms - rms)).toBeLessThanOrEqual(relative * rms + absolute);
  expect(Math.abs(measured.peak - peak)).toBeLessThanOrEqual(relative * peak + absolute);
}

describe.each(files.filter(({ decodable }) => decodable).map((each) => [each.file, each] as const))(
  '%s',
  (file, expected) => {
    test('decodes at its own rate', async () => {
      const audio = await decode(folder + file, { channels: 'native' });
      expect(audio.source.container).toBe(expected.container);
      expect(audio.source.codec).toBe(expected.codec);
      expect(audio.source.index).toBe(expected.stream);
      expect([audio.sampleRate, audio.channels, audio.frames]).toEqual([
        expected.sampleRate,
        expected.channels,
        expected.frames,
      ]);
      expect(audio.shape).toEqual(expected.channels === 1 ? [expected.frames] : [expected.channels, expected.frames]);
      expect(audio.duration).toBe(expected.frames / expected.sampleRate);
      expect(audio.damage).toMatchObject({ packets: 0, nonFinite: 0, truncated: false });
      expectClose((await decode(folder + file)).data, expected.rms, expected.peak);
    });

    test('decodes to 16 kHz mono, from memory as from the file', async () => {
      const audio = await decode(folder + file, { sampleRate: 16_000 });
      expect(audio.frames).toBe(expected.frames16k);
      expectClose(audio.data, expected.rms16k, expected.peak16k);
      const fromMemory = await decode(readFileSync(folder + file), { sampleRate: 16_000 });
      expect(Buffer.compare(Buffer.from(fromMemory.data.buffer), Buffer.from(audio.data.buffer))).toBe(0);
    });

    test('probes', async () => {
      const info = await probe(folder + file);
      expect(info.codec).toBe(expected.codec);
      expect(info.streams.some(({ index }) => index === expected.stream)).toBe(true);
    });
  },
);

test.each(files.filter(({ decodable }) => !decodable).map(({ file }) => file))('%s is refused', async (file) => {
  await expect(decode(folder + file)).rejects.toBeInstanceOf(CochleaError);
});
