import { SubtitlesInvalidError } from '../../errors.js';
import { type Block, blocksOf, linesOf, renderLines } from './blocks.js';
import { type Cue, checkCues } from './cue.js';
import { CueList } from './cue_list.js';
import { escapeCueText, plainCueText } from './cue_text.js';
import { hasArrow, isTiming, parseTiming, renderTiming } from './time.js';

/**
 * The text of a WebVTT file: the header, and cues with `00:00:01.500`, LF. `&`, `<` and `>` are escaped, so no arrow
 * `-->` is left in the text. Lines without a word in them are left out, because they would end the cue. Cues stay in the
 * order in which they come.
 *
 * @throws {TypeError} Something is no cue, or its id or settings are not one line without `-->`.
 * @throws {RangeError} A time is negative or not finite, or a cue ends before it begins.
 */
export function renderVtt(cues: readonly Cue[]): string {
  checkCues(cues);
  const rendered = cues.map(({ id, text, ...timing }) => {
    const lines = [renderTiming('vtt', timing), ...renderLines(text).map(escapeCueText), ''];
    return id === undefined ? lines : [id, ...lines];
  });
  return ['WEBVTT\n', ...rendered.map((lines) => lines.join('\n'))].join('\n');
}

/**
 * The cues of a WebVTT file, in the order of the file. Their text is plain: references such as `&amp;` become
 * characters, tags are left out, `<v Ann>Hello` becomes `Ann: Hello`. Notes, styles and regions are skipped. As in SRT,
 * other lines after a blank line belong to the text of the cue before.
 *
 * @throws {SubtitlesInvalidError} There is no header, times cannot be read, or there is text before the first cue.
 * `line` says where.
 */
export function parseVtt(text: string): Cue[] {
  const lines = linesOf(text);
  if (!/^WEBVTT(?:[ \t]|$)/.test(lines[0] as string)) {
    throw new SubtitlesInvalidError('the file does not begin with WEBVTT', 1);
  }
  const list = new CueList();
  for (const block of blocksOf(lines, endOfHeader(lines), (line) => line === '')) readBlock(block, list);
  return list.cues(plainCueText);
}

/** The header ends at a blank line, or at the first cue. */
function endOfHeader(lines: readonly string[]): number {
  const end = lines.findIndex((line, index) => index > 0 && (line === '' || hasArrow(line)));
  return end < 0 ? lines.length : end;
}

function readBlock({ lines, number }: Block, list: CueList): void {
  const first = lines[0] as string;
  const times = lines.slice(0, 2).findIndex(hasArrow);
  if (times < 0 && isAside(first)) return;
  const id = times === 1 && first.trim() !== '' ? first : undefined;
  lines.forEach((line, index) => {
    if (index < times) return;
    // Further below, times begin a cue although the blank line before them is missing. Another arrow is text that a
    // server should have escaped.
    if (index === times || isTiming('vtt', line)) {
      list.begin(parseTiming('vtt', line, number + index), index === times ? id : undefined);
    } else {
      list.add(line, number + index);
    }
  });
}

/** A note, a style sheet or a region. */
function isAside(line: string): boolean {
  return /^NOTE(?:[ \t]|$)|^(?:STYLE|REGION)\s*$/.test(line);
}
