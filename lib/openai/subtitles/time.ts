import { SubtitlesInvalidError } from '../../errors.js';

/** In seconds, some 30 years. Up to 2 ** 43 seconds, float64 tells milliseconds apart. */
export const latestTime = 1e9;

/**
 * Seconds as a time of a file: `hh:mm:ss`, the mark, and milliseconds. Rounded to milliseconds, halves up: `toFixed`
 * rounds the exact value of the float64, not a product of it. Rounding never makes an earlier time the later one, so
 * cues that follow each other do not overlap in the file.
 */
function renderTime(seconds: number, mark: string): string {
  const [whole = '', milliseconds = ''] = seconds.toFixed(3).split('.');
  const total = Number(whole);
  const two = (value: number): string => String(value).padStart(2, '0');
  // Hours have as many digits as they need.
  const hours = two(Math.floor(total / 3600));
  return `${hours}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}${mark}${milliseconds}`;
}

/** What is on the line of the times. */
export interface Timing {
  readonly start: number;
  readonly end: number;
  /** Absent if nothing follows the times. */
  readonly settings?: string;
}

export function renderTiming(format: 'srt' | 'vtt', { start, end, settings }: Timing): string {
  const mark = format === 'srt' ? ',' : '.';
  const times = `${renderTime(start, mark)} --> ${renderTime(end, mark)}`;
  return settings === undefined ? times : `${times} ${settings}`;
}

export function hasArrow(line: string): boolean {
  return line.includes('-->');
}

// Hours may be left out in WebVTT, and servers do so in SRT too.
const time = (mark: string): string => `(?:(\\d+):)?([0-5]\\d):([0-5]\\d)${mark}(\\d{3})`;
const timing = (mark: string): RegExp => new RegExp(`^\\s*${time(mark)}\\s*-->\\s*${time(mark)}(?:\\s+([^]*))?$`);
const timings = { srt: timing('[,.]'), vtt: timing('[.]') };

/** Whether the line is one of times, as `parseTiming` reads it. */
export function isTiming(format: 'srt' | 'vtt', line: string): boolean {
  return timings[format].test(line);
}

/** The times and settings of a line. `number` is the line's, from 1. */
export function parseTiming(format: 'srt' | 'vtt', line: string, number: number): Timing {
  const found = timings[format].exec(line);
  if (found === null) throw new SubtitlesInvalidError('the times of the cue cannot be read', number);
  const start = secondsOf(found.slice(1, 5), number);
  const end = secondsOf(found.slice(5, 9), number);
  if (end < start) throw new SubtitlesInvalidError('the cue ends before it begins', number);
  const settings = found[9]?.trim();
  if (settings?.includes('-->')) throw new SubtitlesInvalidError('the times of the cue cannot be read', number);
  return settings ? { start, end, settings } : { start, end };
}

function secondsOf([hours = '0', minutes, seconds, milliseconds]: string[], number: number): number {
  const total = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(milliseconds);
  if (total > latestTime * 1000) throw new SubtitlesInvalidError('a time is too late', number);
  // Whole milliseconds first: the quotient is the float64 nearest to the decimal number.
  return total / 1000;
}
