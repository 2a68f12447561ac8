import Ajv from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checked, type ObjectSchema } from '../../dist/serve/schema/index.js';
import { slowness } from '../safe/outcome.js';

const schema = {
  type: 'object',
  properties: {
    word: { enum: ['a', 'bc'] },
    choice: { enum: [1, 2, 'native'] },
    rate: { type: 'integer', minimum: 1000, maximum: 768_000 },
    start: { type: 'number' },
    least: { type: 'number', minimum: 1 },
    flag: { type: 'boolean' },
    id: { type: 'string', minLength: 1, maxLength: 3 },
    list: { type: 'array', items: { enum: ['word', 2] } },
    input: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] },
    inner: { type: 'object', properties: { url: { type: 'string' } }, required: ['url'] },
  },
  required: ['word'],
  additionalProperties: false,
} as const satisfies ObjectSchema;

const fits = (value: unknown): boolean => {
  try {
    checked(schema, value, { text: false });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_REQUEST_INVALID' });
    return false;
  }
};

test('JSON fits where it fits for ajv', () => {
  const oracle = new Ajv({ strict: false }).compile(schema);
  const scalar = fc.oneof(
    fc.constantFrom(
      'a',
      'bc',
      'native',
      '',
      '1',
      true,
      false,
      null,
      0,
      1,
      2,
      1.5,
      -1,
      999,
      1000,
      768_000,
      768_001,
      1e300,
    ),
    fc.string({ maxLength: 5, unit: 'grapheme-ascii' }),
    fc.double(),
    fc.integer(),
  );
  const value = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 2 }),
    fc.record({ url: scalar, other: scalar }, { requiredKeys: [] }),
  );
  const names = [...Object.keys(schema.properties), 'constructor', '__proto__', 'toString', 'other'];
  // Mostly valid objects, whose one field is not.
  const entries = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 3 });
  const request = fc.oneof(
    { weight: 9, arbitrary: entries.map((list) => Object.fromEntries([['word', 'a'], ...list])) },
    { weight: 1, arbitrary: value },
  );
  fc.assert(
    fc.property(request, (given) => {
      expect([given, fits(given)]).toEqual([given, oracle(given)]);
    }),
    {
      numRuns: 5000,
    },
  );
});

describe('text', () => {
  test.each([
    [{ rate: '16000' }, { rate: 16_000 }],
    [{ rate: '1.6e4' }, { rate: 16_000 }],
    [{ start: '-.5' }, { start: -0.5 }],
    [{ start: '+2.' }, { start: 2 }],
    [{ choice: '2' }, { choice: 2 }],
    [{ choice: 'native' }, { choice: 'native' }],
    [{ flag: 'true' }, { flag: true }],
    [{ flag: 'False' }, { flag: false }],
    [{ flag: '0' }, { flag: false }],
    [{ id: '1' }, { id: '1' }],
    [{ list: 'word' }, { list: ['word'] }],
    [{ list: ['word', '2'] }, { list: ['word', 2] }],
  ])('%j becomes %j', (given, expected) => {
    expect(checked(schema, { word: 'a', ...given }, { text: true })).toEqual({ word: 'a', ...expected });
  });

  test.each([
    [{ rate: '16000.5' }, 'rate must be a whole number from 1000 to 768000, got 16000.5'],
    [{ rate: '' }, "rate must be a whole number from 1000 to 768000, got ''"],
    [{ rate: '0x3e80' }, "rate must be a whole number from 1000 to 768000, got '0x3e80'"],
    [{ rate: ['16000', '8000'] }, 'rate must be a whole number from 1000 to 768000, got an instance of Array'],
    [{ start: 'Infinity' }, "start must be a number, got 'Infinity'"],
    [{ start: '1e999' }, 'start must be a number, got Infinity'],
    [{ least: '0' }, 'least must be a number from 1, got 0'],
    [{ choice: '3' }, "choice must be 1 or 2 or native, got '3'"],
    [{ flag: 'yes' }, "flag must be true or false, got 'yes'"],
    [{ id: 'long' }, "id must be text from 1 to 3 characters, got 'long'"],
    [{ id: '' }, "id must be text from 1 to 3 characters, got ''"],
    [{ list: ['word', 'x'] }, "list.1 must be word or 2, got 'x'"],
    [{ input: 1 }, 'input must be text or a list from 1 items, got 1'],
    [{ inner: {} }, 'inner.url is missing'],
    [{ constructor: '1' }, /^constructor is not a parameter; there are: word, choice/],
    [JSON.parse('{"__proto__": "1"}'), /^__proto__ is not a parameter; there are: word/],
    [{ [`x${'y'.repeat(200)}`]: '1' }, /^xy{99} is not a parameter/],
  ])('%j is refused: %s', (given, message) => {
    expect(() => checked(schema, { word: 'a', ...Object.fromEntries(Object.entries(given)) }, { text: true })).toThrow(
      message,
    );
  });

  test('a long number that is none is refused at once', () => {
    const start = performance.now();
    expect(() => checked(schema, { word: 'a', start: `${'1'.repeat(65_000)}x` }, { text: true })).toThrow();
    expect(performance.now() - start).toBeLessThan(50 * slowness);
  });
});
