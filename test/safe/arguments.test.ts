import { describe, expect, test } from 'vitest';
import { AudioDecoder, type AudioSource, decode, probe } from '../../dist/index.js';
import { thrownBy } from './outcome.js';
import { toneWav } from './sounds.js';

/** Wrong arguments throw at the call, not later: naming the option, what it expects, and what it was given. */

const bytes = toneWav(0.1);

type Kind = typeof TypeError | typeof RangeError;
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** Option, value, what is thrown, and how the message shows the value. */
const requestOptions: readonly (readonly [name: string, value: unknown, kind: Kind, shown: string])[] = [
  ['sampleRate', '16000', TypeError, "'16000'"],
  ['sampleRate', null, TypeError, 'null'],
  ['sampleRate', 16_000n, TypeError, '16000'],
  ['sampleRate', {}, TypeError, 'Object'],
  ['sampleRate', 0, RangeError, '0'],
  ['sampleRate', -16_000, RangeError, '-16000'],
  ['sampleRate', 16_000.5, RangeError, '16000.5'],
  ['sampleRate', 999, RangeError, '999'],
  ['sampleRate', 768_001, RangeError, '768001'],
  ['sampleRate', nan, RangeError, 'NaN'],
  ['sampleRate', infinity, RangeError, 'Infinity'],
  ['channels', 3, TypeError, '3'],
  ['channels', 0, TypeError, '0'],
  ['channels', '1', TypeError, "'1'"],
  ['channels', 'mono', TypeError, "'mono'"],
  ['channels', null, TypeError, 'null'],
  ['downmix', 'average', TypeError, "'average'"],
  ['downmix', 0, TypeError, '0'],
  ['downmix', null, TypeError, 'null'],
  ['quality', 'hq', TypeError, "'hq'"],
  ['quality', 4, TypeError, '4'],
  ['stream', '0', TypeError, "'0'"],
  ['stream', -1, RangeError, '-1'],
  ['stream', 0.5, RangeError, '0.5'],
  ['stream', 1001, RangeError, '1001'],
  ['onDamage', 'ignore', TypeError, "'ignore'"],
  ['onDamage', true, TypeError, 'true'],
  ['nonFinite', 'keep', TypeError, "'keep'"],
  ['nonFinite', 0, TypeError, '0'],
  ['tail', 'trim', TypeError, "'trim'"],
  ['tail', false, TypeError, 'false'],
  ['parallel', 'on', TypeError, "'on'"],
  ['timeout', '1s', TypeError, "'1s'"],
  ['timeout', null, TypeError, 'null'],
  ['timeout', 0, RangeError, '0'],
  ['timeout', -1, RangeError, '-1'],
  ['timeout', nan, RangeError, 'NaN'],
  ['signal', {}, TypeError, 'Object'],
  ['signal', 'abort', TypeError, "'abort'"],
  ['signal', null, TypeError, 'null'],
  ['raw', 'pcm_s16le', TypeError, "'pcm_s16le'"],
  ['raw', null, TypeError, 'null'],
];

const rawOptions: readonly (readonly [name: string, value: unknown, kind: Kind, shown: string])[] = [
  ['codec', 'pcm_s17le', TypeError, "'pcm_s17le'"],
  ['codec', 'mp3', TypeError, "'mp3'"],
  ['codec', undefined, TypeError, 'undefined'],
  ['sampleRate', '8000', TypeError, "'8000'"],
  ['sampleRate', undefined, TypeError, 'undefined'],
  ['sampleRate', 0, RangeError, '0'],
  ['sampleRate', 1.5, RangeError, '1.5'],
  ['channels', null, TypeError, 'null'],
  ['channels', 0, RangeError, '0'],
  ['channels', 65, RangeError, '65'],
];

const limitOptions: readonly (readonly [name: string, value: unknown, kind: Kind, shown: string])[] = [
  ...['inputBytes', 'seconds', 'decodedBytes', 'channels'].flatMap((name) => [
    [name, '1', TypeError, "'1'"] as const,
    [name, null, TypeError, 'null'] as const,
    [name, 0, RangeError, '0'] as const,
    [name, -1, RangeError, '-1'] as const,
    [name, nan, RangeError, 'NaN'] as const,
  ]),
  ['sampleRate', 16_000, TypeError, '16000'],
  ['sampleRate', null, TypeError, 'null'],
  ['sampleRate', [], TypeError, 'Array'],
  ['sampleRate', [8000], TypeError, 'Array'],
  ['sampleRate', ['8000', '16000'], TypeError, "'8000'"],
  ['sampleRate', [0, 16_000], RangeError, '0'],
  ['sampleRate', [16_000, 8000], RangeError, '[16000, 8000]'],
];

function expectThrown(throws: () => unknown, kind: Kind, name: string, shown: string): void {
  const error = thrownBy(throws);
  expect(error).toBeInstanceOf(kind);
  expect(error.message).toContain(name);
  expect(error.message).toMatch(/must be/);
  expect(error.message).toContain(shown);
}

describe('options of a request', () => {
  test.each(requestOptions)('%s: %o', (name, value, kind, shown) => {
    const options = { [name]: value } as object;
    expectThrown(() => decode(bytes, options), kind, `options.${name}`, shown);
    expectThrown(() => probe(bytes, options), kind, `options.${name}`, shown);
    if (name !== 'signal') expectThrown(() => new AudioDecoder(options), kind, `options.${name}`, shown);
  });

  test.each(rawOptions)('raw.%s: %o', (name, value, kind, shown) => {
    const raw = { codec: 'pcm_s16le', sampleRate: 8000, channels: 1, [name]: value } as never;
    expectThrown(() => decode(bytes, { raw }), kind, `options.raw.${name}`, shown);
  });

  test('that do not exist are named, with those that do', () => {
    for (const options of [{ samplerate: 16_000 }, { begin: 1 }, { limits: {} }]) {
      const error = thrownBy(() => decode(bytes, options as object));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(`options.${Object.keys(options)[0]}`);
      expect(error.message).toContain('sampleRate, channels');
    }
    expect(() =>
      decode(bytes, { raw: { codec: 'pcm_u8', sampleRate: 8000, channels: 1, endian: 'little' } as never }),
    ).toThrow(/options\.raw\.endian/);
  });

  test('that are no object', () => {
    for (const options of [null, 16_000, 'mono']) expect(() => decode(bytes, options as never)).toThrow(TypeError);
  });

  test('that are undefined take their default', async () => {
    const audio = await decode(bytes, {
      sampleRate: undefined,
      channels: undefined,
      downmix: undefined,
      quality: undefined,
      stream: undefined,
      onDamage: undefined,
      nonFinite: undefined,
      tail: undefined,
      parallel: undefined,
      raw: undefined,
      signal: undefined,
      timeout: undefined,
    });
    expect(audio).toMatchObject({ frames: 1600, sampleRate: 16_000, channels: 1 });
  });
});

describe('limits', () => {
  test.each(limitOptions)('%s: %o', (name, value, kind, shown) => {
    expectThrown(
      () => new AudioDecoder({ limits: { [name]: value } as object }),
      kind,
      `options.limits.${name}`,
      shown,
    );
  });

  test('that do not exist', () => {
    expect(() => new AudioDecoder({ limits: { minutes: 1 } as object })).toThrow(
      /options\.limits\.minutes is not an option/,
    );
  });

  test('a signal belongs to a request, not to a decoder', () => {
    const options = { signal: new AbortController().signal } as object;
    expect(() => new AudioDecoder(options)).toThrow(/options\.signal is not an option/);
  });
});

describe('the source', () => {
  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
    [true, 'true'],
    [{}, 'Object'],
    [[1, 2, 3], 'Array'],
    [new Map(), 'Map'],
    [() => bytes, 'function'],
    ['', 'empty'],
    ['a\0b.wav', 'NUL'],
    ['https://example.com/a.wav', 'address'],
    ['data:audio/wav;base64,AAAA', 'address'],
    [new URL('https://example.com/a.wav'), 'https:'],
  ])('%o', (source, shown) => {
    for (const call of [decode, probe]) {
      const error = thrownBy(() => call(source as AudioSource));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(shown);
    }
  });

  test('of wider elements is not taken for bytes by accident', () => {
    for (const source of [new Float32Array(8), new Int16Array(8), new BigUint64Array(8)]) {
      const error = thrownBy(() => decode(source as never));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(source.constructor.name);
    }
  });
});
