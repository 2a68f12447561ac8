import { describe, expect, test } from 'vitest';
import { compressionRatio, needsFallback, shouldSkip } from '../../dist/transcribe/decisions.js';
import { clearEmpty, segmentsOf } from '../../dist/transcribe/segments.js';
import { addWordTimes, lastEnd, seekAfterWords } from '../../dist/transcribe/words/add.js';
import { golden, tokenizer } from './fixtures.js';

type Result = [tokens: number[], temperature: number, logProb: number, ratio: number, noSpeech: number];
type Word = [word: string, tokens: number[], start: number, end: number, probability: number];

interface Transcript {
  readonly seconds: number;
  readonly words: boolean;
  readonly results: readonly Result[];
  readonly alignments: readonly (readonly Word[])[];
  readonly segments: readonly { readonly text: string; readonly tokens: readonly number[] }[];
  readonly text: string;
}

const { transcripts, ratios } = golden<{ transcripts: Transcript[]; ratios: [string, number][] }>('windows.json');

/** The defaults of openai-whisper. */
const thresholds = { compressionRatioThreshold: 2.4, logProbThreshold: -1, noSpeechThreshold: 0.6 };

/** The loop of a transcriber over what the model of the golden said. */
function segmentsAgain({ seconds, words, results, alignments }: Transcript) {
  const content = Math.floor(seconds * 100);
  const said = results.map(([tokens, temperature, avgLogprob, compressionRatio, noSpeechProb]) => {
    return { tokens, temperature, avgLogprob, compressionRatio, noSpeechProb };
  });
  const aligned = [...alignments];
  const segments = [];
  let lastSpeech = 0;
  for (let seek = 0; seek < content; ) {
    let result: (typeof said)[number] | undefined;
    for (const temperature of [0, 0.2, 0.4]) {
      result = said.shift();
      expect(result?.temperature).toBe(temperature);
      if (result && !needsFallback(result, thresholds)) break;
    }
    if (!result) throw new Error('the model said less');
    const segmentFrames = Math.min(3000, content - seek);
    if (shouldSkip(result, thresholds)) {
      seek += segmentFrames;
      continue;
    }
    const cut = segmentsOf({ ...result, seek, segmentFrames }, tokenizer);
    let next = cut.seek;
    if (words) {
      const own = (aligned.shift() ?? []).map(([word, tokens, start, end, probability]) => {
        return { word, tokens, start, end, probability };
      });
      addWordTimes(cut.segments, own, tokenizer.endOfText, lastSpeech);
      next = seekAfterWords(cut, seek);
      lastSpeech = lastEnd(cut.segments) ?? lastSpeech;
    }
    clearEmpty(cut.segments);
    segments.push(...cut.segments);
    seek = next;
  }
  expect(said).toEqual([]);
  return segments.map((segment, id) => ({ id, ...segment }));
}

describe('the windows of a recording become the segments of openai-whisper', () => {
  test.each(transcripts.map((each) => [each.seconds, each.words ? 'with' : 'without', each] as const))(
    '%d s, %s words',
    (_, __, transcript) => {
      const segments = segmentsAgain(transcript);
      expect(segments).toEqual(transcript.segments);
      expect(tokenizer.decode(segments.flatMap(({ tokens }) => tokens))).toBe(transcript.text);
    },
  );

  test('among them are skipped windows, cleared segments, second tries and words that were shortened', () => {
    const all = transcripts.flatMap(({ segments }) => segments);
    expect(all.filter(({ tokens }) => tokens.length === 0).length).toBeGreaterThan(10);
    expect(all.length).toBeGreaterThan(100);
    const results = transcripts.flatMap((each) => each.results);
    expect(results.filter(([, temperature]) => temperature > 0).length).toBeGreaterThan(10);
  });
});

describe('a window', () => {
  const begin = tokenizer.timestampBegin;
  const text = tokenizer.encode(' the dog');
  const result = { temperature: 0, avgLogprob: -0.3, compressionRatio: 1, noSpeechProb: 0 };
  const of = (tokens: number[], segmentFrames = 3000) => {
    return segmentsOf({ ...result, tokens, seek: 500, segmentFrames }, tokenizer);
  };

  test('ends at <|endoftext|>', () => {
    const whole = [begin, ...text, begin + 100];
    expect(of([...whole, tokenizer.endOfText, ...text])).toEqual(of(whole));
    expect(of([tokenizer.endOfText]).segments).toMatchObject([{ text: '', tokens: [], start: 5, end: 35 }]);
  });

  test('always leads to a later one, whatever was sampled', () => {
    expect(of([begin, begin]).seek).toBe(3500);
    expect(of([begin, begin, ...text], 120).seek).toBe(620);
    expect(of([begin, ...text, begin + 1, begin + 1]).seek).toBe(502);
  });

  test('may begin with text where a timestamp should be', () => {
    const { segments, seek } = of([...text, begin + 50, begin + 50, ...text]);
    expect(segments).toMatchObject([{ start: 5, end: 6, text: ' the dog' }]);
    expect(seek).toBe(600);
  });

  test('whose last word ends where it begins leads to a later one, too', () => {
    const segments = [{ seek: 500, start: 5, end: 5.004, tokens: [] }];
    expect(seekAfterWords({ segments, seek: 620, isFinished: false }, 500)).toBe(501);
    expect(seekAfterWords({ segments, seek: 620, isFinished: true }, 500)).toBe(620);
  });
});

describe('decisions', () => {
  const fine = { temperature: 0, avgLogprob: -0.5, compressionRatio: 1.5, noSpeechProb: 0.1 };

  test.each([
    ['likely text', {}, false, false],
    ['repeated text', { compressionRatio: 2.5 }, true, false],
    ['unlikely text', { avgLogprob: -1.1 }, true, false],
    ['silence', { avgLogprob: -1.1, noSpeechProb: 0.7 }, false, true],
    ['likely text in silence', { noSpeechProb: 0.7 }, false, false],
    ['repeated text in silence', { avgLogprob: -1.1, noSpeechProb: 0.7, compressionRatio: 9 }, false, true],
    ['what lies on all limits', { avgLogprob: -1, noSpeechProb: 0.6, compressionRatio: 2.4 }, false, false],
  ])('%s', (_, change, again, skip) => {
    expect(needsFallback({ ...fine, ...change }, thresholds)).toBe(again);
    expect(shouldSkip({ ...fine, ...change }, thresholds)).toBe(skip);
  });

  test('without a rule it does not apply', () => {
    const bad = { ...fine, avgLogprob: -3, compressionRatio: 9, noSpeechProb: 0.9 };
    expect(needsFallback(bad, {})).toBe(false);
    expect(shouldSkip(bad, {})).toBe(false);
    expect(shouldSkip({ ...bad, avgLogprob: 0 }, { noSpeechThreshold: 0.6 })).toBe(true);
    expect(needsFallback(bad, { logProbThreshold: -1 })).toBe(true);
  });

  test.each(ratios)('compression ratio of %j', (text, ratio) => {
    expect(Math.abs(compressionRatio(text) - ratio)).toBeLessThanOrEqual(0.1 * ratio);
  });
});
