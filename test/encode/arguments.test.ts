import { describe, expect, test } from 'vitest';
import { type AudioSamples, type EncodeOptions, encode, encodeStream } from '../../dist/index.js';
import { thrownBy } from '../safe/outcome.js';
import { noise } from './oracle.js';

/** Wrong arguments throw at the call: naming the argument, what it must be, and what was given. */

const audio: AudioSamples = { data: noise(12), sampleRate: 16_000 };
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

type Kind = typeof TypeError | typeof RangeError;
type Row = readonly [name: string, value: unknown, kind: Kind, shown: string];

function expectThrown(throws: () => unknown, kind: Kind, name: string, shown: string): void {
  const error = thrownBy(throws);
  expect(error).toBeInstanceOf(kind);
  expect(error.message).toContain(name);
  expect(error.message).toMatch(/must/);
  expect(error.message).toContain(shown);
}

describe('options', () => {
  test.each<Row>([
    ['format', undefined, TypeError, 'undefined'],
    ['format', 'm4a', TypeError, "'m4a'"],
    ['format', 0, TypeError, '0'],
    ['bitDepth', 8, RangeError, '8'],
    ['bitDepth', 20, RangeError, '20'],
    ['bitDepth', nan, RangeError, 'NaN'],
    ['bitDepth', '16', TypeError, "'16'"],
    ['bitDepth', null, TypeError, 'null'],
    ['onClipped', true, TypeError, 'true'],
    ['signal', {}, TypeError, 'Object'],
    ['timeout', 0, RangeError, '0'],
    ['timeout', nan, RangeError, 'NaN'],
    ['timeout', '1s', TypeError, "'1s'"],
  ])('%s: %o', (name, value, kind, shown) => {
    const options = { format: 'wav', [name]: value } as EncodeOptions;
    expectThrown(() => encode(audio, options), kind, `options.${name}`, shown);
    if (name !== 'timeout') expectThrown(() => encodeStream([audio], options), kind, `options.${name}`, shown);
  });

  test('FLAC has no 32 bits', () => {
    expectThrown(
      () => encode(audio, { format: 'flac', bitDepth: 32 }),
      RangeError,
      'options.bitDepth',
      '16 or 24 for flac, got 32',
    );
  });

  test('that do not exist, or are none', () => {
    expect(thrownBy(() => encode(audio, { format: 'wav', bits: 16 } as never)).message).toMatch(
      /options\.bits is not an option; there are: format/,
    );
    expect(thrownBy(() => encodeStream([audio], { format: 'wav', timeout: 5 } as never)).message).toMatch(
      /options\.timeout is not/,
    );
    for (const none of [undefined, null, 'wav']) expect(() => encode(audio, none as never)).toThrow(TypeError);
  });
});

describe('samples', () => {
  test.each<Row>([
    ['data', undefined, TypeError, 'undefined'],
    ['data', [0.5], TypeError, 'Array'],
    ['data', new Float64Array(12), TypeError, 'Float64Array'],
    ['data', new Uint8Array(12), TypeError, 'Uint8Array'],
    ['sampleRate', undefined, TypeError, 'undefined'],
    ['sampleRate', '16000', TypeError, "'16000'"],
    ['sampleRate', 999, RangeError, '999'],
    ['sampleRate', 768_001, RangeError, '768001'],
    ['sampleRate', 44_100.5, RangeError, '44100.5'],
    ['sampleRate', infinity, RangeError, 'Infinity'],
    ['channels', 0, RangeError, '0'],
    ['channels', 65, RangeError, '65'],
    ['channels', 1.5, RangeError, '1.5'],
    ['channels', '2', TypeError, "'2'"],
    ['data', noise(13), RangeError, '13'],
    ['shape', 12, TypeError, '12'],
    ['shape', [], TypeError, 'Array'],
    ['shape', [1, 2, 6], TypeError, 'Array'],
    ['shape', [11], RangeError, '[11]'],
    ['shape', [2, 12], RangeError, '[2, 12]'],
    ['shape', [-2, -6], RangeError, '-2'],
    ['shape', ['2', 6], TypeError, "'2'"],
    ['shape', [nan, 6], RangeError, 'NaN'],
    ['shape', [0.5, 24], RangeError, '0.5'],
    ['shape', [null, 6], RangeError, 'null'],
  ])('%s: %o', (name, value, kind, shown) => {
    // 13 samples are an odd number for two channels only.
    const base = name === 'data' ? { ...audio, channels: 2 } : audio;
    const wrong = { ...base, [name]: value } as AudioSamples;
    expectThrown(() => encode(wrong, { format: 'wav' }), kind, name === 'shape' ? 'audio.' : `audio.${name}`, shown);
  });

  test('whose shape and channels disagree', () => {
    const wrong = { ...audio, shape: [3, 4], channels: 4 };
    expectThrown(() => encode(wrong, { format: 'wav' }), RangeError, 'audio.channels', '4');
  });

  test('of more channels than FLAC has', () => {
    const wide = { data: noise(9), shape: [9, 1], sampleRate: 8000 };
    expectThrown(() => encode(wide, { format: 'flac' }), RangeError, 'audio.channels', 'from 1 to 8, got 9');
    expect(() => encode(wide, { format: 'wav' })).not.toThrow();
  });

  test('that were transferred elsewhere', () => {
    const data = noise(12);
    structuredClone(data, { transfer: [data.buffer] });
    expect(thrownBy(() => encode({ data, sampleRate: 8000 }, { format: 'wav' })).message).toContain(
      'audio.data is a detached buffer',
    );
  });

  test.each([undefined, null, 7, 'a.wav'])('that are %o', (value) => {
    expectThrown(() => encode(value as never, { format: 'wav' }), TypeError, 'audio', String(value));
  });
});

test.each([undefined, null, 7, {}])('a stream of %o', (source) => {
  expectThrown(() => encodeStream(source as never, { format: 'wav' }), TypeError, 'source', 'iterable');
});
