import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logMelModel } from '../../dist/features/graph.js';
import { melFilters } from '../../dist/features/mel.js';
import { whisperSpec } from '../../dist/features/spec.js';
import { describeProviders, OnnxSession, type Provider } from '../../dist/onnx/index.js';
import { slowness } from '../safe/outcome.js';

/** The graph against the definition: sums of float64, term by term, with none of its symmetries. */

const reports = await describeProviders();
const hop = 160;
const size = 400;
const bins = 201;

function directly(audio: Float32Array, mels: 80 | 128): Float64Array {
  const filters = melFilters(whisperSpec(mels));
  const last = audio.length - 1;
  const at = (i: number): number => audio[i < 0 ? -i : i > last ? 2 * last - i : i] as number;
  const frames = Math.floor(audio.length / hop);
  const cosines = Float64Array.from({ length: size }, (_, i) => Math.cos((2 * Math.PI * i) / size));
  const sines = Float64Array.from({ length: size }, (_, i) => Math.sin((2 * Math.PI * i) / size));
  const result = new Float64Array(mels * frames);
  for (let frame = 0; frame < frames; frame++) {
    const windowed = Float64Array.from({ length: size }, (_, n) => {
      return at(frame * hop - size / 2 + n) * Math.sin((Math.PI * n) / size) ** 2;
    });
    const power = Float64Array.from({ length: bins }, (_, bin) => {
      let real = 0;
      let imaginary = 0;
      for (let n = 0; n < size; n++) {
        real += (windowed[n] as number) * (cosines[(n * bin) % size] as number);
        imaginary += (windowed[n] as number) * (sines[(n * bin) % size] as number);
      }
      return real ** 2 + imaginary ** 2;
    });
    for (let mel = 0; mel < mels; mel++) {
      let energy = 0;
      for (let bin = 0; bin < bins; bin++) energy += (power[bin] as number) * (filters[mel * bins + bin] as number);
      result[mel * frames + frame] = Math.log10(Math.max(energy, 1e-10));
    }
  }
  const least = result.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - 8;
  return result.map((each) => (Math.max(each, least) + 4) / 4);
}

function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 1_073_741_824 - 1;
  });
}

function tone(hertz: number, length: number, amplitude = 1): Float32Array {
  return Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hertz * i) / 16_000));
}

/** Sound at its beginning, zeros after. */
function padded(sound: Float32Array, length: number): Float32Array {
  const whole = new Float32Array(length);
  whole.set(sound);
  return whole;
}

const signals: [string, Float32Array][] = [
  ['noise', noise(16_000)],
  ['a tone of 440 Hz', tone(440, 16_000)],
  ['a tone at -80 dB', tone(1234.5, 8000, 1e-4)],
  ['a tone beside half the rate', tone(7999, 8000)],
  ['silence', new Float32Array(4800)],
  ['one sample', padded(Float32Array.of(0.5), 4800)],
  ['sound that ends between two frames', padded(noise(1000), 4800)],
  ['what is no multiple of a hop', noise(12_345)],
  ['as little as can be reflected', noise(201)],
];

describe.each([80, 128] as const)('with %i mels', (mels) => {
  // In float32, what is far below a pure tone is lost in rounding: 8e-5 was the most that was met.
  describe.each<[Provider, 'float64' | 'float32', number]>([
    ['cpu', 'float64', 1e-6],
    ['cpu', 'float32', 2e-4],
    ['cuda', 'float64', 1e-6],
    ['webgpu', 'float32', 2e-4],
  ])('on %s in %s', (provider, float, tolerance) => {
    const unavailable = reports.find((each) => each.provider === provider)?.reason;
    if (unavailable !== undefined) {
      test.skip(`skipped: ${unavailable}`, () => {});
      return;
    }
    let session: OnnxSession;
    beforeAll(async () => {
      session = await OnnxSession.open(logMelModel(whisperSpec(mels), float), { provider });
    });
    afterAll(() => session.close());

    const features = async (audio: Float32Array, batch: number): Promise<Float32Array> => {
      const shape = [batch, audio.length / batch];
      const { input_features } = await session.run({ audio: { data: audio.slice(), shape, dtype: 'float32' } });
      expect(input_features?.shape).toEqual([batch, mels, Math.floor(audio.length / batch / hop)]);
      return input_features?.data as Float32Array;
    };

    test.each(signals)('%s', async (_, audio) => {
      const expected = directly(audio, mels);
      const given = await features(audio, 1);
      let worst = 0;
      for (const [i, each] of expected.entries()) worst = Math.max(worst, Math.abs(each - (given[i] as number)));
      expect(worst).toBeLessThanOrEqual(tolerance);
    });

    test('each clip of a batch has its own greatest value', async () => {
      const clips = [noise(4800), tone(300, 4800, 1e-3), new Float32Array(4800)];
      const together = await features(Float32Array.from(clips.flatMap((clip) => [...clip])), clips.length);
      const apart = await Promise.all(clips.map((clip) => features(clip, 1)));
      const size = mels * 30;
      for (const [i, each] of apart.entries()) {
        const part = together.subarray(i * size, (i + 1) * size);
        expect(Math.max(...part.map((value, j) => Math.abs(value - (each[j] as number))))).toBeLessThanOrEqual(
          tolerance,
        );
      }
    });
  });
});

test('the graph is made in no time', () => {
  logMelModel(whisperSpec(80), 'float64');
  const started = performance.now();
  logMelModel(whisperSpec(128), 'float64');
  expect(performance.now() - started).toBeLessThan(50 * slowness);
});
