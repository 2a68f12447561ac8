import fc from 'fast-check';
import type { Cue } from '../../dist/openai/subtitles/index.js';

/** Words with everything that files of subtitles give a meaning. */
const word = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }) },
  fc.constantFrom(
    '-->',
    '--',
    '>',
    '<',
    '&',
    '&amp;',
    '&lt;',
    '&#62;',
    '<i>',
    '</v>',
    '<v Ann>',
    '<00:01.000>',
    'WEBVTT',
  ),
  fc.constantFrom('7', '00:00:01,000 --> 00:00:02,000', '00:01.000 --> 00:02.000', 'NOTE', 'STYLE', '\uFEFF', '日本'),
);
const line = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '));
const hasWord = (text: string): boolean => text.trim() !== '' && !/[\r\n]/.test(text);

/** Lines that are not blank. */
const lines = fc.array(line.filter(hasWord), { maxLength: 4 });

/** What stands on a line of its own: no arrow in it, no blanks around it. */
const ownLine = line.map((text) => text.trim()).filter((text) => hasWord(text) && !text.includes('-->'));

/** Whole milliseconds, beyond the hours of two digits. */
const milliseconds = fc.oneof(fc.nat(4_000_000), fc.nat(2_000_000_000), fc.constantFrom(359_999_999, 360_000_000));

/** Cues that a file can hold exactly. */
export const exactCues: fc.Arbitrary<Cue[]> = fc.array(
  fc
    .record(
      { from: milliseconds, lasts: milliseconds, lines, id: ownLine, settings: ownLine },
      { requiredKeys: ['from', 'lasts', 'lines'] },
    )
    .map(({ from, lasts, lines: text, ...rest }) => ({
      start: from / 1000,
      end: (from + lasts) / 1000,
      text: text.join('\n'),
      ...rest,
    })),
  { maxLength: 6 },
);

/** Of cues one after the other: times as models give them, often closer than a millisecond. */
export const followingCues: fc.Arbitrary<Cue[]> = fc
  .array(fc.oneof(fc.double({ min: 0, max: 0.002, noNaN: true }), fc.double({ min: 0, max: 4000, noNaN: true })), {
    minLength: 2,
    maxLength: 12,
  })
  .map((gaps) => {
    let at = 0;
    const times = gaps.map((gap) => (at += gap));
    return times.slice(1).map((end, index) => ({ start: times[index] as number, end, text: `cue ${index}` }));
  });
