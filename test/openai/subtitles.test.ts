import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SubtitlesInvalidError } from '../../dist/index.js';
import { type Cue, parseSrt, parseVtt, renderSrt, renderVtt } from '../../dist/openai/subtitles/index.js';
import { slowness, thrownBy } from '../safe/outcome.js';
import { exactCues, followingCues } from './cues.js';

/** What tools/goldens/make_subtitles.py makes with other programs. */
const goldens = JSON.parse(readFileSync(new URL('../fixtures/subtitles.json', import.meta.url), 'utf8')) as {
  rendered: { name: string; cues: Cue[]; srt: string }[];
  parsed: { name: string; format: 'srt' | 'vtt'; text: string; cues: Cue[] }[];
};
const parse = { srt: parseSrt, vtt: parseVtt };
const render = { srt: renderSrt, vtt: renderVtt };
const formats = ['srt', 'vtt'] as const;
const many = { numRuns: 10_000 };

/** What the file of a format holds of a cue. */
function held(format: 'srt' | 'vtt', { id, ...cue }: Cue): Cue {
  return format === 'vtt' && id !== undefined ? { ...cue, id } : cue;
}

describe('files of other programs', () => {
  test.each(goldens.rendered)('SRT is what the Python package srt writes: $name', ({ cues, srt }) => {
    expect(renderSrt(cues)).toBe(srt);
  });

  test.each(goldens.parsed)('the cues that other readers find, $name', ({ name, format, text, cues }) => {
    const found = parse[format](text);
    if (name === 'vtt: settings') expect(found[0]?.settings).toBe('align:start position:10%');
    expect(found.map(({ settings, ...cue }) => cue)).toEqual(cues);
  });
});

describe.each(formats)('%s, in both directions', (format) => {
  const other = format === 'srt' ? 'vtt' : 'srt';

  test('cues are read as they were written: 10 000 files', { timeout: 60_000 * slowness }, () => {
    fc.assert(
      fc.property(exactCues, (cues) => {
        deepStrictEqual(
          parse[format](render[format](cues)),
          cues.map((cue) => held(format, cue)),
        );
      }),
      many,
    );
  });

  test('files are written as they were read, whatever their line ends: 10 000 files', {
    timeout: 60_000 * slowness,
  }, () => {
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(exactCues, ends, fc.boolean(), (cues, end, mark) => {
        const file = render[format](cues);
        const foreign = (mark ? '\uFEFF' : '') + file.replaceAll('\n', end);
        strictEqual(render[format](parse[format](foreign)), file);
      }),
      many,
    );
  });

  test('what comes from the other format keeps times and words', () => {
    fc.assert(
      fc.property(exactCues, (cues) => {
        const there = parse[other](render[other](cues));
        expect(parse[format](render[format](there)).map(({ id, ...cue }) => cue)).toEqual(
          cues.map(({ id, ...cue }) => cue),
        );
      }),
    );
  });

  test('rounding makes no cue overlap the next, or end before it begins: 10 000 files', {
    timeout: 60_000 * slowness,
  }, () => {
    fc.assert(
      fc.property(followingCues, (cues) => {
        const found = parse[format](render[format](cues));
        const times = found.flatMap(({ start, end }) => [start, end]);
        deepStrictEqual(
          times,
          [...times].sort((a, b) => a - b),
        );
        const errors = found.map(({ start }, index) => Math.abs(start - (cues[index] as Cue).start));
        ok(Math.max(...errors) < 0.0005 + 1e-9);
      }),
      many,
    );
  });

  test('text with blank lines loses these, and no word', () => {
    const cue = { start: 0, end: 1, text: '\n one \r\n\r\n  \t\n2\rthree\n\n' };
    expect(parse[format](render[format]([cue]))).toEqual([{ start: 0, end: 1, text: ' one \n2\nthree' }]);
  });

  test('any text either gives cues or names a line of it', { timeout: 60_000 * slowness }, () => {
    const piece = fc.oneof(
      fc.constantFrom('\n', '\n\n', '\r', 'WEBVTT', '00:00:01,000', '00:01.000', ' --> ', 'NOTE', '1', '<v', '&#', ';'),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.boolean(), (pieces, header) => {
        const text = (header && format === 'vtt' ? 'WEBVTT\n\n' : '') + pieces.join('');
        try {
          const cues = parse[format](text);
          strictEqual(parse[format](render[format](cues)).length, cues.length);
        } catch (error) {
          ok(error instanceof SubtitlesInvalidError, String(error));
          ok(error.line >= 1 && error.line <= text.split(/\r\n|\r|\n/).length);
        }
      }),
      many,
    );
  });
});

describe('times', () => {
  test.each([
    [0, '00:00:00.000'],
    [0.0004999, '00:00:00.000'],
    [0.0005, '00:00:00.001'],
    [2.0625, '00:00:02.063'],
    [59.99951, '00:01:00.000'],
    [3599.9996, '01:00:00.000'],
    [359_999.999, '99:59:59.999'],
    [360_000, '100:00:00.000'],
    [999_999_999.999, '277777:46:39.999'],
  ])('%s seconds', (seconds, rendered) => {
    const cues = [{ start: seconds, end: seconds, text: 'x' }];
    expect(renderVtt(cues)).toBe(`WEBVTT\n\n${rendered} --> ${rendered}\nx\n`);
    expect(renderSrt(cues)).toBe(`1\n${rendered.replace('.', ',')} --> ${rendered.replace('.', ',')}\nx\n`);
  });
});

describe('WebVTT', () => {
  const textOf = (markup: string): string | undefined =>
    parseVtt(`WEBVTT\n\n00:00.000 --> 00:01.000\n${markup}\n`)[0]?.text;

  test.each([
    ['AT&amp;T &lt;3 &gt; &quot;x&quot; &#39;&#x1F44B;&apos;', 'AT&T <3 > "x" \'👋\''],
    ['AT&T, 1 < 2, x<y>z, a --> b, &copy; & &;', 'AT&T, 1 < 2, x<y>z, a --> b, &copy; & &;'],
    ['&#0; &#xD800; &#x110000;', '&#0; &#xD800; &#x110000;'],
    ['&amp;lt;i&amp;gt; &lt;i&gt;', '&lt;i&gt; <i>'],
    ['<i>Hello</i>, <b.loud>you</b>', 'Hello, you'],
    ['<c.yellow.bg_blue>a</c> <ruby>b<rt>c</rt></ruby> <lang en-GB>d</lang>', 'a bc d'],
    ['one<00:00.500> two<00:00:00.700><c> three</c>', 'one two three'],
    ['<v Ann>Hello.</v>\n<v.loud Bob &amp; Co>Hi.', 'Ann: Hello.\nBob & Co: Hi.'],
    ['<v>Hello', 'Hello'],
  ])('%j is %j', (markup, text) => {
    expect(textOf(markup)).toBe(text);
  });

  test('a header of several lines, a cue without the blank line before it, and one with no text', () => {
    const text =
      'WEBVTT Kind: captions\nLanguage: en\n\n00:00.000 --> 00:01.000\none\n00:01.000 --> 00:02.000\n\nx\n00:02.000 --> 00:03.000';
    expect(parseVtt(text)).toEqual([
      { start: 0, end: 1, text: 'one' },
      { start: 1, end: 2, text: '' },
      { start: 2, end: 3, text: '', id: 'x' },
    ]);
    expect(parseVtt('WEBVTT\n00:00.000 --> 00:01.000\none')).toEqual([{ start: 0, end: 1, text: 'one' }]);
    expect(parseVtt('WEBVTT')).toEqual([]);
  });

  test('regions and styles are skipped, and words after a blank line are not', () => {
    const text =
      'WEBVTT\n\nREGION\nid:a\n\nSTYLE\n::cue {}\n\n00:00.000 --> 00:01.000\none\n\ntwo\nthree\n\nNOTE four\n';
    expect(parseVtt(text)).toEqual([{ start: 0, end: 1, text: 'one\ntwo\nthree' }]);
  });

  test('many unfinished tags and references take linear time', () => {
    const started = performance.now();
    for (const piece of ['<v ', '<c.', '&#1', '<', '&', '\n00:', '-->x ']) {
      const markup = piece.repeat(1_000_000 / piece.length);
      expect(textOf(markup)?.length).toBeGreaterThan(900_000);
    }
    expect(performance.now() - started).toBeLessThan(2000 * slowness);
  });
});

describe('SRT', () => {
  test('coordinates are kept; hours may be missing', () => {
    const text = '1\n00:01,000 --> 00:02,000  X1:40 X2:600 Y1:20 Y2:50\nHello.\n';
    const cues = [{ start: 1, end: 2, text: 'Hello.', settings: 'X1:40 X2:600 Y1:20 Y2:50' }];
    expect(parseSrt(text)).toEqual(cues);
    expect(parseSrt(renderSrt(cues))).toEqual(cues);
  });

  test('cues are numbered by their places: those of merged parts begin anew', () => {
    const part = parseSrt('1\n00:00:00,000 --> 00:00:01,000\none\n');
    const merged = [...part, ...part.map((cue) => ({ ...cue, start: 1, end: 2, text: 'two' }))];
    expect(renderSrt(merged)).toBe('1\n00:00:00,000 --> 00:00:01,000\none\n\n2\n00:00:01,000 --> 00:00:02,000\ntwo\n');
  });

  test('nothing', () => {
    expect(renderSrt([])).toBe('');
    expect(parseSrt('\r\n \n')).toEqual([]);
  });
});

describe('what is wrong is named', () => {
  test.each([
    ['srt', '{"error": "busy"}', 1, 'there is text before the times of the first cue'],
    ['srt', '1\n00:00:00,000 --> 00:00:01,00\nx', 2, 'the times of the cue cannot be read'],
    [
      'srt',
      '1\n00:00:00,000 --> 00:00:01,000\nx\n\n2\n00:60:00,000 --> 01:00:01,000\ny',
      6,
      'the times of the cue cannot be read',
    ],
    ['srt', '\n\n00:00:02,000 --> 00:00:01,000\nx', 3, 'the cue ends before it begins'],
    ['srt', '1\n00:00:00,000 --> 99999999999999:00:00,000\nx', 2, 'a time is too late'],
    ['vtt', '1\n00:00:00,000 --> 00:00:01,000\nx', 1, 'the file does not begin with WEBVTT'],
    ['vtt', '', 1, 'the file does not begin with WEBVTT'],
    ['vtt', 'WEBVTT\n\nx\ny', 3, 'there is text before the times of the first cue'],
    ['vtt', 'WEBVTT\n\n00:00,000 --> 00:01,000\nx', 3, 'the times of the cue cannot be read'],
    ['vtt', 'WEBVTT\r\n\r\nid\r\n00:01.000 --> 00:00.000\r\nx', 4, 'the cue ends before it begins'],
  ] as const)('%s: %j', (format, text, line, problem) => {
    const error = thrownBy(() => parse[format](text));
    expect(error).toBeInstanceOf(SubtitlesInvalidError);
    expect(error).toMatchObject({ code: 'ERR_SUBTITLES_INVALID', line, fault: 'client', retryable: false });
    expect(error.message).toBe(`line ${line} of the subtitles: ${problem}`);
  });

  const cue = { start: 0, end: 1, text: 'x' };
  test.each([
    ['cues must be an array of cues, got x', TypeError, 'x'],
    ['cues[1] must be a cue {start, end, text}, got null', TypeError, [cue, null]],
    ["cues[0].start must be a number of seconds, got '0'", TypeError, [{ ...cue, start: '0' }]],
    ['cues[0].start must be from 0 to 1000000000 seconds, got -1', RangeError, [{ ...cue, start: -1 }]],
    ['cues[0].end must be from 2 to 1000000000 seconds, got 1', RangeError, [{ ...cue, start: 2 }]],
    ['cues[0].end must be from 0 to 1000000000 seconds, got NaN', RangeError, [{ ...cue, end: Number.NaN }]],
    ['cues[0].text must be a string, got undefined', TypeError, [{ start: 0, end: 1 }]],
    ['cues[0].id must be one line that is not blank, without "-->", got \'a\nb\'', TypeError, [{ ...cue, id: 'a\nb' }]],
    ['cues[0].id must be one line that is not blank, without "-->", got \' \'', TypeError, [{ ...cue, id: ' ' }]],
    [
      'cues[0].settings must be one line that is not blank, without "-->", got \'-->\'',
      TypeError,
      [{ ...cue, settings: '-->' }],
    ],
  ])('%s', (message, kind, cues) => {
    for (const format of formats) {
      const error = thrownBy(() => render[format](cues as never));
      expect(error).toBeInstanceOf(kind);
      expect(error.message).toBe(message.replace('got x', "got 'x'"));
    }
  });
});
