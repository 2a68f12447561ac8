import { SubtitlesInvalidError } from '../../errors.js';
import type { Cue } from './cue.js';
import type { Timing } from './time.js';

/** The cues of a file that is being read. */
export class CueList {
  readonly #begun: { readonly head: Omit<Cue, 'text'>; readonly lines: string[] }[] = [];

  begin(timing: Timing, id?: string): void {
    this.#begun.push({ head: id === undefined ? timing : { ...timing, id }, lines: [] });
  }

  /** Adds a line to the text of the last cue. `number` is the line's, from 1. */
  add(line: string, number: number): void {
    const last = this.#begun.at(-1);
    if (last === undefined) throw new SubtitlesInvalidError('there is text before the times of the first cue', number);
    last.lines.push(line);
  }

  /** `textOf` makes the text of a cue from that of the file. */
  cues(textOf: (text: string) => string): Cue[] {
    return this.#begun.map(({ head, lines }) => ({ ...head, text: textOf(lines.join('\n')) }));
  }
}
