import { interpolateMagma } from 'd3-scale-chromatic';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../dist/index.js';
import { readNpy, wavOf } from '../../../lib/serve/page/arrays.js';
import { magma } from '../../../lib/serve/page/colours.js';
import { melCentre } from '../../../lib/serve/page/scales.js';
import { clipOf } from '../../../lib/serve/page/service.js';
import { bins, raise, windowSize } from '../../../lib/serve/page/spectrum.js';
import { noise } from '../../tower/reference.js';

describe('what the page computes itself', () => {
  test('the spectrum is that of the definition of the DFT, of a window by Hann', () => {
    const { data } = noise(4000, 1);
    const levels = new Float32Array(bins).fill(-200);
    raise(levels, data, 2000);
    const hann = Array.from({ length: windowSize }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / windowSize));
    const sum = hann.reduce((total, each) => total + each, 0);
    for (let bin = 0; bin < bins; bin += 16) {
      let [re, im] = [0, 0];
      for (const [i, weight] of hann.entries()) {
        const sample = weight * (data[2000 - windowSize / 2 + i] as number);
        re += sample * Math.cos((-2 * Math.PI * bin * i) / 1024);
        im += sample * Math.sin((-2 * Math.PI * bin * i) / 1024);
      }
      expect(levels[bin]).toBeCloseTo(20 * Math.log10((2 * Math.hypot(re, im)) / sum), 4);
    }
  });

  test('magma is that of d3, by eye: no channel differs by more than 10 of 255', () => {
    for (let i = 0; i <= 100; i++) {
      const expected = [1, 3, 5].map((at) => Number.parseInt(interpolateMagma(i / 100).slice(at, at + 2), 16));
      for (const [channel, value] of magma(i / 100).entries()) {
        expect(Math.abs(value - (expected[channel] as number))).toBeLessThanOrEqual(10);
      }
    }
  });

  // librosa 0.11.0: mel_frequencies(130, fmin=0, fmax=8000)[1:-1]
  test.each([
    [0, 23.383],
    [40, 958.693],
    [64, 1709.395],
    [100, 4072.459],
    [127, 7809.395],
  ])('mel %i of 128 is where librosa has it', (mel, frequency) => {
    expect(melCentre(mel, 128)).toBeCloseTo(frequency, 2);
  });

  // NumPy 2.4.6: np.save of arange(12) / 4 as float32, and write_array(version=(2, 0)).
  const arrays: [string, number[], number][] = [
    [
      'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDMsIDQpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPgAAAD8AAEA/AACAPwAAoD8AAMA/AADgPwAAAEAAABBAAAAgQAAAMEA=',
      [1, 3, 4],
      12,
    ],
    [
      'k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMSksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPg==',
      [2, 1],
      2,
    ],
  ];
  test.each(arrays)('an array as NumPy writes it, %#', (base64, shape, length) => {
    const { buffer } = Uint8Array.from(Buffer.from(base64, 'base64'));
    expect(readNpy(buffer)).toEqual({ shape, data: Float32Array.from({ length }, (_, i) => i / 4) });
  });

  test('what is no array of NumPy is an error', () => {
    expect(() => readNpy(new TextEncoder().encode('<!doctype html>').buffer)).toThrow('not an array of NumPy');
  });

  test('the WAV for a player has the same samples', async () => {
    const { data } = noise(1000, 2);
    const audio = await decode(new Uint8Array(await wavOf(data, 16_000).arrayBuffer()));
    expect(audio).toMatchObject({ sampleRate: 16_000, channels: 1, frames: 1000, source: { codec: 'pcm_f32le' } });
    expect(
      Buffer.from(audio.data.buffer, audio.data.byteOffset, 4000).equals(
        Buffer.from(data.buffer, data.byteOffset, 4000),
      ),
    ).toBe(true);
  });

  test.each([
    ['audio/webm;codecs=opus', 'audio/webm'],
    ['video/mp4', 'video/mp4'],
    ['text/plain', 'application/octet-stream'],
    ['', 'application/octet-stream'],
    ['audio/x y\n', 'application/octet-stream'],
  ])('a file of type %j is sent as %s', (type, sent) => {
    expect(clipOf({ type }).headers['content-type']).toBe(sent);
  });
});
