import { stripBlanks } from './blanks.js';
import type { WindowResult } from './decisions.js';
import type { TranscriptionWord } from './types.js';

/** Frames of the features per second. */
const framesPerSecond = 100;
/** Two frames, 20 ms, are a step of the timestamps. */
const framesPerTimestamp = 2;

/** What the segments of a window are made of. */
export interface DecodedWindow extends WindowResult {
  /** What was sampled. Whatever follows `<|endoftext|>` is ignored. */
  readonly tokens: readonly number[];
  /** Where the window begins, in frames of 10 ms. */
  readonly seek: number;
  /** How many of its frames hold audio: 3000 at most. */
  readonly segmentFrames: number;
}

/** A segment that is being made. It has no number yet, and times of words may still change its own. */
export interface SegmentDraft extends WindowResult {
  readonly seek: number;
  /** In seconds from the start of the recording. */
  start: number;
  end: number;
  text: string;
  /** Those of text, and the timestamps around them. */
  tokens: readonly number[];
  words?: readonly TranscriptionWord[];
}

export interface CutWindow {
  readonly segments: SegmentDraft[];
  /** Where the next window begins, in frames of 10 ms. */
  readonly seek: number;
  /** Whether the last timestamp stands alone: nothing is said after it, so times of words do not change `seek`. */
  readonly isFinished: boolean;
}

/** What this needs of a tokenizer. */
export interface SegmentTokens {
  readonly endOfText: number;
  readonly timestampBegin: number;
  decode(ids: Iterable<number>): string;
}

/**
 * Cuts what was sampled for a window into segments, at each pair of timestamps (openai/whisper, transcribe.py). What
 * follows the last pair is not finished, so the next window begins there. Without any pair it is one segment.
 */
export function segmentsOf(window: DecodedWindow, tokenizer: SegmentTokens): CutWindow {
  const { seek, segmentFrames } = window;
  const { timestampBegin, endOfText } = tokenizer;
  const end = window.tokens.indexOf(endOfText);
  const tokens = end < 0 ? window.tokens : window.tokens.slice(0, end);
  const isTimestamp = (at: number): boolean => (tokens[at] ?? 0) >= timestampBegin;
  // A model whose sampling broke the rules may begin with text; it then begins with the window.
  const timestamp = (at: number): number => Math.max(0, (tokens[at] as number) - timestampBegin);
  const draft = (from: number, to: number, start: number, length: number): SegmentDraft => ({
    seek,
    start: seek / framesPerSecond + start,
    end: seek / framesPerSecond + length,
    text: tokenizer.decode(tokens.slice(from, to).filter((id) => id < endOfText)),
    tokens: tokens.slice(from, to),
    temperature: window.temperature,
    avgLogprob: window.avgLogprob,
    compressionRatio: window.compressionRatio,
    noSpeechProb: window.noSpeechProb,
  });

  const count = tokens.length;
  const isFinished = isTimestamp(count - 1) && count > 1 && !isTimestamp(count - 2);
  const cuts = tokens.flatMap((_, at) => (at > 0 && isTimestamp(at - 1) && isTimestamp(at) ? [at] : []));
  if (cuts.length === 0) {
    const last = tokens.findLast((id) => id >= timestampBegin) ?? timestampBegin;
    const length = last === timestampBegin ? segmentFrames / framesPerSecond : seconds(last - timestampBegin);
    return { segments: [draft(0, count, 0, length)], seek: seek + segmentFrames, isFinished };
  }
  const lastPair = cuts.at(-1) as number;
  if (isFinished) cuts.push(count);
  const segments = cuts.map((to, i) => {
    const from = cuts[i - 1] ?? 0;
    return draft(from, to, seconds(timestamp(from)), seconds(timestamp(to - 1)));
  });
  const done = framesPerTimestamp * timestamp(lastPair - 1);
  // At 0 the same window would come again, for ever.
  return { segments, seek: seek + (isFinished || done === 0 ? segmentFrames : done), isFinished };
}

/** Clears segments without text or length, as the reference does. To be called when their times are final. */
export function clearEmpty(segments: readonly SegmentDraft[]): void {
  for (const segment of segments) {
    if (segment.start !== segment.end && stripBlanks(segment.text) !== '') continue;
    segment.text = '';
    segment.tokens = [];
    if (segment.words) segment.words = [];
  }
}

function seconds(timestamps: number): number {
  return timestamps * 0.02;
}
