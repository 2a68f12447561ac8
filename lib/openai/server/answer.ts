import type {
  Transcript,
  TranscriptLogprob,
  TranscriptSegment,
  TranscriptUsage,
  TranscriptWord,
} from '../../transcript.js';
import { type Cue, parseSrt, parseVtt } from '../subtitles/index.js';
import { nonsense } from './failure.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A transcript from what a server answered. `seconds`: the exact length of the audio. Servers say something else: the
 * end of the last segment, or a string. Times beyond the audio are brought back to its end.
 *
 * @throws {ServiceFailedError} It is none.
 */
export function transcriptFrom(server: string, text: string, seconds: number): Transcript {
  const value = parsed(text);
  if (typeof value === 'string') return { text: value, duration: seconds };
  if (typeof value === 'object' && value !== null) return fromObject(server, value as Fields, seconds);
  return fromText(server, text, seconds);
}

function fromObject(server: string, fields: Fields, seconds: number): Transcript {
  const { text, language, languages, segments, words, logprobs, usage } = fields;
  const known = list(segments);
  const times = known && clamped(known.map(segmentFrom), seconds);
  // Of faster-whisper: each segment has its own.
  const spoken =
    list(words) ??
    (known?.some(({ words }) => Array.isArray(words)) ? known.flatMap(({ words }) => list(words) ?? []) : undefined);
  const whole = typeof text === 'string' ? text : times?.map((each) => each.text).join('');
  if (whole === undefined) throw nonsense(server, 'JSON without a text');
  return {
    text: whole.trim(),
    language: typeof language === 'string' && language !== '' ? language : undefined,
    languages: list(languages)?.flatMap(({ code }) => (typeof code === 'string' ? [{ code }] : [])),
    duration: seconds,
    segments: times,
    words: spoken && clamped(spoken.map(wordFrom), seconds),
    logprobs: list(logprobs) as readonly TranscriptLogprob[] | undefined,
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
  const cues = subtitles(server, () => parse(text)).map(({ start, end, text: said }, id) => ({
    id,
    start,
    end,
    text: said,
  }));
  return { text: cues.map((each) => each.text).join(' '), duration: seconds, segments: clamped(cues, seconds) };
}

/** Broken ones are the server's failure. */
function subtitles(server: string, parse: () => Cue[]): Cue[] {
  try {
    return parse();
  } catch (cause) {
    throw nonsense(server, `broken subtitles: ${(cause as Error).message}`);
  }
}

const numbers = ['seek', 'temperature', 'avg_logprob', 'compression_ratio', 'no_speech_prob'] as const;

function segmentFrom(fields: Fields, index: number): TranscriptSegment {
  const { start, end, text, tokens, speaker } = fields;
  const known = numbers.flatMap((name) => (typeof fields[name] === 'number' ? [[name, fields[name]]] : []));
  return {
    id: index,
    start: Number(start),
    end: Number(end),
    text: String(text ?? ''),
    ...(Array.isArray(tokens) && { tokens }),
    ...(typeof speaker === 'string' && { speaker }),
    ...Object.fromEntries(known),
  };
}

function wordFrom({ word, start, end }: Fields): TranscriptWord {
  return { word: String(word ?? ''), start: Number(start), end: Number(end) };
}

/** Within the audio. What has no times has those of what is around it. */
function clamped<Item extends { readonly start: number; readonly end: number }>(
  items: readonly Item[],
  seconds: number,
): readonly Item[] {
  let latest = 0;
  return items.map((item) => {
    const within = (value: number, otherwise: number): number =>
      Number.isFinite(value) ? Math.min(Math.max(0, value), seconds) : otherwise;
    const start = within(item.start, latest);
    const end = Math.max(start, within(item.end, start));
    latest = end;
    return { ...item, start, end };
  });
}

function usageFrom(value: unknown): TranscriptUsage | undefined {
  const { type, seconds, total_tokens } = (value ?? {}) as Fields;
  if (type === 'duration' && typeof seconds === 'number') return value as TranscriptUsage;
  if (typeof total_tokens === 'number') return { ...(value as object), type: 'tokens' } as TranscriptUsage;
  return undefined;
}

function list(value: unknown): readonly Fields[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((each) => typeof each === 'object' && each !== null);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
