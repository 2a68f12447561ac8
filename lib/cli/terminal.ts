import { stripVTControlCharacters, styleText } from 'node:util';

/** Removes control characters from names and messages of files, which could control the terminal. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}+/gu, ' ');
}

/** Green, red, … on a terminal that wants colours (https://no-color.org), plain text elsewhere. */
export function paint(style: 'green' | 'yellow' | 'red' | 'dim' | 'bold', text: string): string {
  const plain = !process.stdout.isTTY || process.env.NO_COLOR || isDumb();
  return plain ? text : styleText(style, text);
}

/** A terminal that knows no escape sequences: the shell of an editor, for example. */
export function isDumb(): boolean {
  return process.env.TERM === 'dumb';
}

/** Columns that a string takes on a terminal; ideographs, kana and hangul take two. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  // Made when it is needed: that takes some milliseconds.
  graphemes ??= new Intl.Segmenter();
  let width = 0;
  for (const { segment } of graphemes.segment(stripVTControlCharacters(text))) width += wide.test(segment) ? 2 : 1;
  return width;
}

let graphemes: Intl.Segmenter | undefined;
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;
