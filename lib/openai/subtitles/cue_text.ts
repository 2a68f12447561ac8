/**
 * Text of WebVTT cues, <https://www.w3.org/TR/webvtt1/#cue-text>: tags and character references on one side, plain text
 * on the other.
 */

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** With every `>` escaped there is no `-->`, which cue text must not hold. */
export function escapeCueText(text: string): string {
  return text.replace(/[&<>]/g, (character) => escapes[character] as string);
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00A0',
  lrm: '\u200E',
  rlm: '\u200F',
};

// Tags that WebVTT knows, times of words among them. The part in a tag ends at the next `<` too: otherwise a text of
// many unfinished tags would take quadratic time.
const tag = /<\/?(?:c|i|b|u|v|ruby|rt|lang)(?:\.[^\s<>]*)?(?:\s[^<>]*)?>|<(?:\d+:)?\d\d:\d\d\.\d{3}>/;
const voice = /^<v(?:\.[^\s<>]*)?\s+([^<>]*)>$/;
const reference = /&(?:#(\d{1,7})|#[xX]([\dA-Fa-f]{1,6})|(amp|lt|gt|quot|apos|nbsp|lrm|rlm));/;
const references = new RegExp(reference, 'g');
const tagOrReference = new RegExp(`${tag.source}|${reference.source}`, 'g');

/**
 * The plain text of a cue. Tags are left out; of a voice, `<v Ann>Hello`, the name stays: `Ann: Hello`. What is neither
 * a tag nor a reference stays as it is, because servers write `<` and `&` that they should have escaped.
 */
export function plainCueText(markup: string): string {
  return markup.replace(tagOrReference, (found, ...groups) =>
    found.startsWith('&') ? character(found, groups) : voiceName(found),
  );
}

function voiceName(found: string): string {
  const name = voice.exec(found)?.[1]?.trim();
  return name ? `${name.replace(references, (each, ...groups) => character(each, groups))}: ` : '';
}

function character(found: string, [decimal, hexadecimal, name]: readonly (string | undefined)[]): string {
  if (name !== undefined) return named[name] as string;
  const code = decimal === undefined ? Number.parseInt(hexadecimal as string, 16) : Number(decimal);
  const isCharacter = code > 0 && code <= 0x10_ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : found;
}
