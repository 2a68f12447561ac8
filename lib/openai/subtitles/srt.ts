import { blocksOf, linesOf, renderLines } from './blocks.js';
import { type Cue, checkCues } from './cue.js';
import { CueList } from './cue_list.js';
import { hasArrow, parseTiming, renderTiming } from './time.js';

/**
 * The text of an SRT file: cues numbered from 1, `00:00:01,500`, LF. Text stays as it is, because SRT has no escapes;
 * only lines without a word in them are left out, because they would end the cue. `settings` are written, `id` is not.
 * Cues stay in the order in which they come.
 *
 * @throws {TypeError} Something is no cue, or its settings are not one line without `-->`.
 * @throws {RangeError} A time is negative or not finite, or a cue ends before it begins.
 */
export function renderSrt(cues: readonly Cue[]): string {
  checkCues(cues);
  const rendered = cues.map((cue, index) => [index + 1, renderTiming('srt', cue), ...renderLines(cue.text), '']);
  return rendered.map((lines) => lines.join('\n')).join('\n');
}

/**
 * The cues of an SRT file, in the order of the file. Numbers of cues may be missing or wrong. Lines that follow a cue
 * after a blank line, and are no cue of their own, belong to its text. Tags such as `<i>` stay in the text.
 *
 * @throws {SubtitlesInvalidError} Times cannot be read, or there is text before the first cue. `line` says where.
 */
export function parseSrt(text: string): Cue[] {
  const list = new CueList();
  // Programs differ in whether a line of blanks is blank; renderSrt writes none.
  for (const { lines, number } of blocksOf(linesOf(text), 0, (line) => line.trim() === '')) {
    const times = lines.slice(0, 2).findIndex(hasArrow);
    if (times >= 0) list.begin(parseTiming('srt', lines[times] as string, number + times));
    lines.forEach((line, index) => {
      if (index > times) list.add(line, number + index);
    });
  }
  return list.cues((each) => each);
}
