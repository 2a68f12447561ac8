import { shown, typeError } from '../../checks.js';
import { latestTime } from './time.js';

/** One subtitle: words, and when they are shown. */
export interface Cue {
  /** Seconds from the beginning of the audio. In files, times are whole milliseconds. */
  readonly start: number;
  /** Seconds; not before `start`. */
  readonly end: number;
  /** Plain text, without markup. Several lines are separated by `\n`. Files cannot hold a blank line inside a cue. */
  readonly text: string;
  /** Identifier of a WebVTT cue: one line. SRT has none; it numbers its cues. */
  readonly id?: string;
  /** What follows the times on their line: the settings of a WebVTT cue, the coordinates of an SRT cue. */
  readonly settings?: string;
}

/** Throws a `TypeError` or `RangeError` that names the cue and the field. */
export function checkCues(cues: readonly Cue[]): void {
  if (!Array.isArray(cues)) throw typeError('cues', 'an array of cues', cues);
  for (const [index, cue] of cues.entries()) checkCue(`cues[${index}]`, cue);
}

function checkCue(name: string, cue: Cue): void {
  if (typeof cue !== 'object' || cue === null) throw typeError(name, 'a cue {start, end, text}', cue);
  checkSeconds(`${name}.start`, cue.start, 0);
  checkSeconds(`${name}.end`, cue.end, cue.start);
  if (typeof cue.text !== 'string') throw typeError(`${name}.text`, 'a string', cue.text);
  checkLine(`${name}.id`, cue.id);
  checkLine(`${name}.settings`, cue.settings);
}

function checkSeconds(name: string, value: number, min: number): void {
  if (typeof value !== 'number') throw typeError(name, 'a number of seconds', value);
  if (!(value >= min && value <= latestTime)) {
    throw new RangeError(`${name} must be from ${min} to ${latestTime} seconds, got ${value}`);
  }
}

/** These stand on lines of their own, or beside the arrow. */
function checkLine(name: string, value: string | undefined): void {
  if (value === undefined) return;
  if (typeof value !== 'string') throw typeError(name, 'a string', value);
  if (value.trim() === '' || /[\r\n]|-->/.test(value)) {
    throw new TypeError(`${name} must be one line that is not blank, without "-->", got ${shown(value)}`);
  }
}
