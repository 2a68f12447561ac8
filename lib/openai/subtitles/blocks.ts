import { typeError } from '../../checks.js';

/** Lines between blank ones. */
export interface Block {
  readonly lines: readonly string[];
  /** The number of the first of them in the file, from 1. */
  readonly number: number;
}

/** The lines of a file, which may end in CRLF, LF or a lone CR; without a byte order mark. */
export function linesOf(text: string): string[] {
  if (typeof text !== 'string') throw typeError('text', 'a string', text);
  return text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
}

/** What lies between lines for which `isBlank` is true, from line `first` on, which counts from 0. */
export function blocksOf(lines: readonly string[], first: number, isBlank: (line: string) => boolean): Block[] {
  const blocks: Block[] = [];
  let block: string[] = [];
  for (let index = first; index <= lines.length; index++) {
    const line = lines[index];
    if (line !== undefined && !isBlank(line)) {
      block.push(line);
    } else if (block.length > 0) {
      blocks.push({ lines: block, number: index - block.length + 1 });
      block = [];
    }
  }
  return blocks;
}

/** The lines of a text that files can hold: those with a word in them. A blank line would end the cue. */
export function renderLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '');
}
