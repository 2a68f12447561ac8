import type { TranscriptionWord } from '../types.js';
import { mergePunctuation } from './punctuation.js';
import type { AlignedWord } from './types.js';

/** Marks that end a sentence. */
const sentenceEnds = '.。!！?？';

/** Frames of the features per second. */
const framesPerSecond = 100;

/** What this changes of a segment. */
export interface TimedSegment {
  /** Where its window begins, in frames of 10 ms. */
  readonly seek: number;
  readonly tokens: readonly number[];
  start: number;
  end: number;
  words?: readonly TranscriptionWord[];
}

/** Durations of words beside which others are too long, in seconds. */
interface Durations {
  readonly median: number;
  readonly longest: number;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/**
 * Gives the segments of a window their words, and corrects the times of both (openai/whisper, timing.py,
 * `add_word_timestamps`): a word that is much longer than others has swallowed a pause.
 *
 * @param words Those of `alignWords`, of all segments. They are changed.
 * @param lastSpeech When the last word before the window ended, in seconds; 0 at first.
 */
export function addWordTimes(
  segments: readonly TimedSegment[],
  words: readonly AlignedWord[],
  endOfText: number,
  lastSpeech: number,
): void {
  const [first] = segments;
  if (first === undefined) return;
  const durations = durationsOf(words);
  shortenAtSentences(words, durations);
  mergePunctuation(words);
  const offset = first.seek / framesPerSecond;
  let next = 0;
  let spokenUntil = lastSpeech;
  for (const segment of segments) {
    const count = segment.tokens.filter((id) => id < endOfText).length;
    const own: Mutable<TranscriptionWord>[] = [];
    for (let taken = 0; taken < count && next < words.length; next++) {
      const { word, tokens, start, end, probability } = words[next] as AlignedWord;
      taken += tokens.length;
      if (word !== '') own.push({ word, start: rounded(offset + start), end: rounded(offset + end), probability });
    }
    if (own.length > 0) {
      shortenAfterPause(own, durations, spokenUntil);
      fit(segment, own, durations);
      spokenUntil = segment.end;
    }
    segment.words = own;
  }
}

/** When the last word of the segments ends, or, without words, the last segment (openai/whisper, `get_end`). */
export function lastEnd(segments: readonly TimedSegment[]): number | undefined {
  for (const { words } of segments.toReversed()) {
    const last = words?.at(-1);
    if (last) return last.end;
  }
  return segments.at(-1)?.end;
}

/**
 * Where the next window begins, in frames of 10 ms, for one whose segments have words: behind the last word, unless
 * nothing is said after the last timestamp (openai/whisper, transcribe.py).
 */
export function seekAfterWords(
  cut: { readonly segments: readonly TimedSegment[]; readonly seek: number; readonly isFinished: boolean },
  seek: number,
): number {
  const end = lastEnd(cut.segments);
  if (cut.isFinished || end === undefined || end <= seek / framesPerSecond) return cut.seek;
  // At the same place the same window would come again, for ever.
  return Math.max(seek + 1, halfToEven(end * framesPerSecond));
}

/** Of words that last at all. */
function durationsOf(words: readonly AlignedWord[]): Durations {
  const sorted = Float64Array.from(words, ({ start, end }) => end - start)
    .filter((duration) => duration !== 0)
    .sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  const median = Math.min(0.7, sorted.length % 2 === 0 ? ((sorted[middle - 1] ?? 0) + upper) / 2 : upper);
  return { median, longest: 2 * median };
}

/** A long mark has swallowed the pause behind it, and a long word after a mark that before it. */
function shortenAtSentences(words: readonly AlignedWord[], { longest }: Durations): void {
  // Without any duration nothing is too long.
  if (longest === 0) return;
  for (const [i, word] of words.entries()) {
    const previous = words[i - 1];
    if (previous === undefined || word.end - word.start <= longest) continue;
    if (sentenceEnds.includes(word.word)) word.end = word.start + longest;
    else if (sentenceEnds.includes(previous.word)) word.start = word.end - longest;
  }
}

/** The first two words after a pause may have swallowed it. */
function shortenAfterPause(
  words: readonly Mutable<TranscriptionWord>[],
  { median, longest }: Durations,
  spokenUntil: number,
) {
  const [first, second] = words;
  if (first === undefined || first.end - spokenUntil <= median * 4) return;
  const isFirstLong = first.end - first.start > longest;
  if (!isFirstLong && (second === undefined || second.end - first.start <= longest * 2)) return;
  if (second !== undefined && second.end - second.start > longest) {
    const boundary = Math.max(second.end / 2, second.end - longest);
    first.end = boundary;
    second.start = boundary;
  }
  first.start = Math.max(0, first.end - longest);
}

/** The times of the segment become those of its words, unless the first or the last word is too long. */
function fit(segment: TimedSegment, words: readonly Mutable<TranscriptionWord>[], { median }: Durations): void {
  const first = words[0] as Mutable<TranscriptionWord>;
  if (segment.start < first.end && segment.start - 0.5 > first.start) {
    first.start = Math.max(0, Math.min(first.end - median, segment.start));
  } else {
    segment.start = first.start;
  }
  const last = words.at(-1) as Mutable<TranscriptionWord>;
  if (segment.end > last.start && segment.end + 0.5 < last.end) {
    last.end = Math.max(last.start + median, segment.end);
  } else {
    segment.end = last.end;
  }
}

/** To 10 ms, as NumPy rounds. */
function rounded(seconds: number): number {
  return halfToEven(seconds * 100) / 100;
}

function halfToEven(value: number): number {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}
