import { blankFor } from '../../languages.js';
import type { Transcript, TranscriptSegment, TranscriptUsage, TranscriptWord } from '../../transcript.js';

/** The transcript of a part of a recording. */
export interface PartTranscript {
  /** Where the part begins in the recording, in seconds. */
  readonly start: number;
  readonly transcript: Transcript;
}

/** Joins texts, as people write the language. Blanks at their ends are not doubled. */
export function joinTexts(texts: readonly string[], language: string | undefined): string {
  const parts = texts.map((text) => text.trim()).filter((text) => text !== '');
  return parts.join(blankFor(language));
}

/**
 * The transcript of a recording whose parts follow each other without a gap. Times become those of the recording. Only
 * `speakers` are the same people in all parts: `A` of the second part is `2:A`, since nobody knows who that is.
 */
export function mergeTranscripts(parts: readonly PartTranscript[], speakers: readonly string[] = []): Transcript {
  const whole = parts.map(({ transcript }) => transcript);
  const language = whole.find((each) => each.language !== undefined)?.language;
  const segments = gathered(parts, ({ segments }, start, index) =>
    segments?.map((each) => movedSegment(each, { start, index }, speakers)),
  );
  const last = parts.at(-1);
  return {
    text: joinTexts(
      whole.map(({ text }) => text),
      language,
    ),
    language,
    languages: united(whole),
    duration: last ? last.start + last.transcript.duration : 0,
    segments: segments?.map((each, id) => ({ ...each, id })),
    words: gathered(parts, ({ words }, start) => words?.map((each) => moved(each, start))),
    logprobs: gathered(parts, ({ logprobs }) => logprobs),
    usage: sum(whole.flatMap(({ usage }) => usage ?? [])),
  };
}

/** What any part has. A part without it, such as one without speech, adds nothing. */
function gathered<Item>(
  parts: readonly PartTranscript[],
  of: (transcript: Transcript, start: number, index: number) => readonly Item[] | undefined,
): readonly Item[] | undefined {
  const lists = parts.map(({ transcript, start }, index) => of(transcript, start, index));
  return lists.some((list) => list !== undefined) ? lists.flatMap((list) => list ?? []) : undefined;
}

/** A segment of a part, as one of the recording. */
export function movedSegment(
  segment: TranscriptSegment,
  part: { readonly start: number; readonly index: number },
  speakers: readonly string[],
): TranscriptSegment {
  const { speaker } = segment;
  const own = speaker !== undefined && part.index > 0 && !speakers.includes(speaker);
  return { ...moved(segment, part.start), ...(own && { speaker: `${part.index + 1}:${speaker}` }) };
}

function moved<Item extends TranscriptSegment | TranscriptWord>(item: Item, by: number): Item {
  const { start, end } = item;
  const seek = 'seek' in item && item.seek !== undefined ? { seek: item.seek + Math.round(by * 100) } : {};
  return { ...item, ...seek, start: milliseconds(start + by), end: milliseconds(end + by) };
}

/** Sums of such times would have digits that nobody measured. */
function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Each language once, in the order in which they appeared. */
function united(whole: readonly Transcript[]): readonly { readonly code: string }[] | undefined {
  if (whole.every(({ languages }) => languages === undefined)) return undefined;
  const codes = new Set(whole.flatMap(({ languages }) => languages ?? []).map(({ code }) => code));
  return [...codes].map((code) => ({ code }));
}

/** Of one kind: servers do not mix them. */
function sum(usages: readonly TranscriptUsage[]): TranscriptUsage | undefined {
  const [first] = usages;
  if (first === undefined || usages.some(({ type }) => type !== first.type)) return undefined;
  return usages.reduce((total, each) => added(total, each) as TranscriptUsage);
}

/** Adds numbers field by field, at any depth; a field that one of the two lacks is that of the other. */
function added(a: object, b: object): object {
  const result: Record<string, unknown> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const known = result[name];
    if (typeof known === 'number' && typeof value === 'number') result[name] = known + value;
    else if (isObject(known) && isObject(value)) result[name] = added(known, value);
    else result[name] ??= value;
  }
  return result;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
