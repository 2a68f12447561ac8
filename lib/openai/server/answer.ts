import type {
  Transcript,
  TranscriptLogprob,
  TranscriptSegment,
  TranscriptUsage,
  TranscriptWord,
} from '../../transcript.js';
import { type Cue, parseSrt, parseVtt } from '../subtitles/index.js';
import { nonsense, sayingIn } from './failure.js';
import { parsedAnswer } from './json.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A transcript from what a server answered. `seconds`: the exact length of the audio. Servers say something else: the
 * end of the last segment, or a string. Times beyond the audio are brought back to its end. `contentType`: what the
 * server says that it is.
 *
 * @throws {ServiceFailedError} It is none.
 */
export function transcriptFrom(server: string, text: string, seconds: number, contentType = ''): Transcript {
  const value = parsedAnswer(text);
  if (typeof value === 'string') return { text: value, duration: seconds };
  if (typeof value === 'object' && value !== null) return fromObject(server, value as Fields, seconds);
  const isText = contentType.startsWith('text/');
  // Silence, from a server that answers text. Without that word for it, it is an answer that was lost.
  if (text.trim() === '' && !isText) throw nonsense(server, 'nothing');
  // JSON that was cut would be read aloud otherwise. A text may begin with a bracket: [Music].
  if (/^application\/(?:[\w.-]+\+)?json/.test(contentType) || (!isText && /^\s*\{/.test(text))) {
    throw nonsense(server, 'JSON that is cut, or is none');
  }
  return fromText(server, text, seconds);
}

/** A segment in a stream. */
export function segmentIn(fields: Fields, seconds: number): TranscriptSegment {
  return clamped([segmentFrom(fields, 0)], seconds)[0] as TranscriptSegment;
}

/** A transcript from an object, such as the last event of a stream. */
export function fromObject(server: string, fields: Fields, seconds: number): Transcript {
  const { text, language, languages, segments, words, logprobs, usage } = fields;
  const known = list(segments);
  const times = known && clamped(known.map(segmentFrom), seconds);
  // Of faster-whisper: each segment has its own.
  const spoken =
    list(words) ??
    (known?.some(({ words }) => Array.isArray(words)) ? known.flatMap(({ words }) => list(words) ?? []) : undefined);
  const whole = typeof text === 'string' ? text : times?.map((each) => each.text).join('');
  if (whole === undefined) {
    const { message } = sayingIn(fields);
    throw nonsense(server, message === '' ? 'JSON without a text' : `without a text: ${message}`);
  }
  return {
    text: whole.trim(),
    language: typeof language === 'string' && language !== '' ? language : undefined,
    languages: list(languages)?.flatMap(({ code }) => (typeof code === 'string' ? [{ code }] : [])),
    duration: seconds,
    segments: times,
    words: spoken && clamped(spoken.map(wordFrom), seconds),
    logprobs: list(logprobs)?.map(logprobFrom),
    usage: usageFrom(usage),
  };
}

/** A server that gives subtitles or text, whatever it was asked for. */
function fromText(server: string, text: string, seconds: number): Transcript {
  if (/^\s*<(!doctype|html)/i.test(text)) throw nonsense(server, 'a page');
  const parse = /^\uFEFF?WEBVTT/.test(text)
    ? parseVtt
    : /^\uFEFF?\s*\d+\r?\n\d+:\d\d:\d\d,\d{3} -->/.test(text)
      ? parseSrt
      : undefined;
  if (parse === undefined) return { text: text.trim(), duration: seconds };
  const cues = cuesOf(server, () => parse(text)).map(({ start, end, text: said }, id) => ({
    id,
    start,
    end,
    text: said,
  }));
  return { text: cues.map((each) => each.text).join(' '), duration: seconds, segments: clamped(cues, seconds) };
}

function cuesOf(server: string, parse: () => readonly Cue[]): readonly Cue[] {
  try {
    return parse();
  } catch (error) {
    throw nonsense(server, `broken subtitles: ${(error as Error).message}`);
  }
}

const numbers = ['seek', 'temperature', 'avg_logprob', 'compression_ratio', 'no_speech_prob'] as const;

function segmentFrom(fields: Fields, index: number): TranscriptSegment {
  const { start, end, text, tokens, speaker } = fields;
  const known = numbers.flatMap((name) => (typeof fields[name] === 'number' ? [[name, fields[name]]] : []));
  return {
    id: index,
    start: timeFrom(start),
    end: timeFrom(end),
    text: String(text ?? ''),
    ...(Array.isArray(tokens) && { tokens: tokens.filter((each) => typeof each === 'number') }),
    ...(typeof speaker === 'string' && { speaker }),
    ...Object.fromEntries(known),
  };
}

function wordFrom({ word, start, end }: Fields): TranscriptWord {
  return { word: String(word ?? ''), start: timeFrom(start), end: timeFrom(end) };
}

/** Some servers write numbers as text. NaN: there is none; null is not the start. */
function timeFrom(value: unknown): number {
  return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : Number.NaN;
}

/** Only what is known: it is rendered again, and may be anything. */
function logprobFrom({ token, bytes, logprob }: Fields): TranscriptLogprob {
  return {
    ...(typeof token === 'string' && { token }),
    ...(Array.isArray(bytes) && { bytes: bytes.filter((each) => typeof each === 'number') }),
    ...(typeof logprob === 'number' && { logprob }),
  };
}

/** Within the audio, and in the order of time. What has no times has those of what is around it. */
function clamped<Item extends { readonly start: number; readonly end: number }>(
  items: readonly Item[],
  seconds: number,
): readonly Item[] {
  let latest = 0;
  const within = items.map((item) => {
    const bounded = (value: number, otherwise: number): number =>
      Number.isNaN(value) ? otherwise : Math.min(Math.max(0, value), seconds);
    const start = bounded(item.start, latest);
    const end = Math.max(start, bounded(item.end, start));
    latest = end;
    return { ...item, start, end };
  });
  const isOrdered = within.every(({ start }, i) => i === 0 || start >= (within[i - 1] as Item).start);
  return isOrdered ? within : numbered(within.toSorted((a, b) => a.start - b.start));
}

function numbered<Item extends object>(items: readonly Item[]): readonly Item[] {
  return items.map((item, id) => ('id' in item ? { ...item, id } : item));
}

function usageFrom(value: unknown): TranscriptUsage | undefined {
  const { type, seconds, total_tokens } = (value ?? {}) as Fields;
  if (type === 'duration' && typeof seconds === 'number') return { type, seconds };
  if (typeof total_tokens === 'number') return { type: 'tokens', ...countsIn(value as Fields, 2) } as TranscriptUsage;
  return undefined;
}

/** The numbers of an object, to a depth: the rest could be anything. */
function countsIn(value: Fields, depth: number): object {
  const counts = Object.entries(value).flatMap(([name, each]): [string, unknown][] => {
    if (typeof each === 'number') return [[name, each]];
    const isInner = typeof each === 'object' && each !== null && !Array.isArray(each) && depth > 1;
    return isInner ? [[name, countsIn(each as Fields, depth - 1)]] : [];
  });
  return Object.fromEntries(counts);
}

function list(value: unknown): readonly Fields[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((each) => typeof each === 'object' && each !== null);
}
