import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { wordErrorRate } from './word_errors.js';

/** What tools/goldens/make_word_errors.py makes with the Python package jiwer. */
const goldens: { reference: string; transcript: string; rate: number }[] = JSON.parse(
  readFileSync(new URL('../fixtures/word_errors.json', import.meta.url), 'utf8'),
);

test('the rates are those of jiwer', () => {
  expect(goldens.length).toBeGreaterThan(100);
  for (const { reference, transcript, rate } of goldens) {
    expect(wordErrorRate(reference, transcript), `${reference} / ${transcript}`).toBeCloseTo(rate, 12);
  }
});

test('a reference without words has no rate', () => {
  expect(() => wordErrorRate(' – ', 'hello')).toThrow(RangeError);
});
