import { RequestInvalidError } from '../../errors.js';
import type { Transcript, TranscriptSegment, TranscriptUsage } from '../../transcript.js';
import { type Cue, renderSrt, renderVtt } from '../subtitles/index.js';
import { verboseSegment } from './verbose.js';

/** A format of OpenAI's API. */
export type TranscriptFormat = 'json' | 'text' | 'srt' | 'verbose_json' | 'vtt' | 'diarized_json';

export const transcriptFormats = [
  'json',
  'text',
  'srt',
  'verbose_json',
  'vtt',
  'diarized_json',
] as const satisfies TranscriptFormat[];

/** What may be asked for beside the text. */
export type TranscriptNeed = 'segments' | 'words' | 'logprobs' | 'speakers';

/** What a format, and the times that are asked for, need. */
export function needsOf(
  format: TranscriptFormat,
  granularities: readonly ('word' | 'segment')[] = ['segment'],
  include: readonly string[] = [],
): readonly TranscriptNeed[] {
  if (format === 'diarized_json') return ['speakers'];
  if (format === 'srt' || format === 'vtt') return ['segments'];
  if (format === 'verbose_json') {
    const names = { word: 'words', segment: 'segments' } as const;
    return granularities.map((each) => names[each]);
  }
  return include.includes('logprobs') ? ['logprobs'] : [];
}

/**
 * @throws {RequestInvalidError} The engine gave no such thing: an answer without it would be a lie. A recording without
 *   a word needs none.
 */
export function checkNeeds(transcript: Transcript, needs: readonly TranscriptNeed[], model: string): void {
  if (transcript.text.trim() === '') return;
  const { segments, words, logprobs } = transcript;
  const lacks = needs.find((need) => {
    if (need === 'segments') return segments === undefined;
    if (need === 'words') return words === undefined;
    if (need === 'logprobs') return logprobs === undefined;
    return segments === undefined || segments.some(({ speaker }) => speaker === undefined);
  });
  if (lacks === undefined) return;
  const names = { segments: 'times of segments', words: 'times of words', logprobs: 'logprobs', speakers: 'speakers' };
  throw new RequestInvalidError('ERR_REQUEST_INVALID', `the model ${model} gives no ${names[lacks]}`);
}

/** As OpenAI's API has it. */
export function diarized({ id, start, end, text, speaker = '' }: TranscriptSegment) {
  return { type: 'transcript.text.segment', id: `seg_${id}`, start, end, text, speaker } as const;
}

function cues(segments: readonly TranscriptSegment[]): readonly Cue[] {
  return segments.map(({ start, end, text }) => ({ start, end, text: text.trim() }));
}

/** What else an answer depends on. */
export interface RenderOptions {
  /** Default: `transcribe`. */
  readonly task?: 'transcribe' | 'translate';
  /** What was asked for beside the text. */
  readonly needs?: readonly TranscriptNeed[];
}

/** OpenAI counts seconds for some formats and tokens for others, and its SDKs know no other. */
export function usageOf<Type extends TranscriptUsage['type']>(usage: TranscriptUsage | undefined, type: Type) {
  return usage?.type === type ? (usage as Extract<TranscriptUsage, { readonly type: Type }>) : undefined;
}

/**
 * A transcript in a format of OpenAI's API: text for `text`, `srt` and `vtt`, otherwise an object for `JSON.stringify`.
 *
 * @example
 * await writeFile('talk.srt', renderTranscript(error.transcript, 'srt'));
 */
export function renderTranscript(
  transcript: Transcript,
  format: 'text' | 'srt' | 'vtt',
  options?: RenderOptions,
): string;
export function renderTranscript(
  transcript: Transcript,
  format: TranscriptFormat,
  options?: RenderOptions,
): string | object;
export function renderTranscript(
  transcript: Transcript,
  format: TranscriptFormat,
  { task = 'transcribe', needs = [] }: RenderOptions = {},
): string | object {
  const { text, language, languages, duration, segments = [], words, logprobs, usage } = transcript;
  switch (format) {
    case 'text':
      return text;
    case 'srt':
      return renderSrt(cues(segments));
    case 'vtt':
      return renderVtt(cues(segments));
    case 'json':
      return { text, languages, logprobs: needs.includes('logprobs') ? logprobs : undefined, usage };
    case 'diarized_json':
      return { task, duration, text, segments: segments.map(diarized), usage };
    case 'verbose_json':
      return {
        task,
        // OpenAI's own servers give a name; SDKs only say that it is a string.
        language: task === 'translate' ? 'english' : (language ?? ''),
        duration,
        text,
        segments: needs.includes('segments') ? segments.map(verboseSegment) : undefined,
        words: needs.includes('words') ? (words ?? []) : undefined,
        usage: usageOf(usage, 'duration'),
      };
  }
}
